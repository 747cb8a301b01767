/**
 * A program that takes itself for one on another system, listens and connects there, and prints what came of it as JSON.
 * Run with the system's name as its argument.
 *
 * @module
 */
const os = Deno.args[0] as typeof Deno.build.os;
Object.defineProperty(Deno, "build", { value: { ...Deno.build, os } });
const { connect, listen } = await import("../../mod.ts");

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
  recvBuffer: await outcome(() => connect({ ...listener.addr, recvBuffer: 65536 })),
  idle: await outcome(async () => await listen({ keepAlive: { idle: 1000 } })),
  reusePort: await outcome(async () => await listen({ reusePort: true })),
  reuseAddress: await outcome(async () => await listen({ reuseAddress: false })),
}));
