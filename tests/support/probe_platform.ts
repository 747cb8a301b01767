/**
 * A program that takes itself for one on another system, listens and connects there, and prints what came of it as JSON.
 * Run with the system's name as its argument.
 *
 * @module
 */
const os = Deno.args[0] as typeof Deno.build.os;
Object.defineProperty(Deno, "build", { value: { ...Deno.build, os } });
const { connect, listen, serve } = await import("../../mod.ts");
const { sendCommand } = await import("../../lib/cli/send_command.ts");
const { tcpInfoLines } = await import("../../lib/cli/show_tcp_info.ts");

/** What `serve()` tells the debug log of its options, and `sounder send` a person at a terminal. */
async function words(): Promise<{ log: string[]; hint: string }> {
  const log: string[] = [];
  const silent = { info() {}, warn() {}, error() {}, debug() {} };
  await using server = serve({ logger: { ...silent, debug: (message) => void log.push(message()) } });
  let hint = "";
  const io = {
    stdin: () => new Blob([]).stream(),
    stdinIsTerminal: true,
    stderrIsTerminal: true,
    writeError: (text: string) => hint += text,
    writeOutput: () => Promise.resolve(),
    onStopSignal: () => () => {},
  };
  const options = { timeout: 5000, window: 1024, sockopt: [] };
  const context = { options, operands: [`:${server.addr.port}`], io, logger: silent };
  await sendCommand(context as unknown as Parameters<typeof sendCommand>[0]);
  return { log: log.filter((line) => line.startsWith("socket options")), hint: hint.replace(/:\d+/, "") };
}

/** What came of a call: its error, or undefined. */
async function outcome(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
  } catch (error) {
    const { name, message, kind } = error as Error & { kind?: string };
    return `${name}${kind ? ` ${kind}` : ""}: ${message}`;
  }
}

using listener = listen({ noDelay: false, keepAlive: true, backlog: 7 });
using client = await connect({ ...listener.addr, source: "127.0.0.1", keepAlive: true });
using accepted = await listener.accept();
console.log(JSON.stringify({
  listener: listener.socketOptions,
  accepted: accepted.socketOptions,
  client: client.socketOptions,
  tcpInfo: tcpInfoLines(undefined),
  words: await words(),
  recvBuffer: await outcome(() => connect({ ...listener.addr, recvBuffer: 65536 })),
  idle: await outcome(async () => await listen({ keepAlive: { idle: 1000 } })),
  reusePort: await outcome(async () => await listen({ reusePort: true })),
  reuseAddress: await outcome(async () => await listen({ reuseAddress: false })),
}));
