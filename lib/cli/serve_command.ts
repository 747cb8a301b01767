import { formatAddress } from "../core/address.ts";
import { formatDuration } from "../core/units.ts";
import type { EchoServer, ShutdownReport } from "../echo/echo_server.ts";
import { serve } from "../echo/serve.ts";
import type { CommandContext } from "./command_context.ts";
import { EXIT, signalExitCode } from "./describe_error.ts";
import { OutputClosedError, type StopSignal } from "./io.ts";
import { socketOptionLines, socketOptionsJson } from "./show_socket_options.ts";
import { serveSocketOptions } from "./socket_option_flags.ts";
import { StopSignals } from "./stop_signals.ts";
import { UsageError } from "./usage_error.ts";

/** `sounder serve`: serves until a stop signal, then ends in order. */
export async function serveCommand(context: CommandContext): Promise<number> {
  const { options, operands, io, logger } = context;
  if (operands.length > 0) {
    const remedy = /^\d+$/.test(operands[0]) ? `did you mean --port ${operands[0]}?` : "it takes options only";
    throw new UsageError(`serve takes no argument "${operands[0]}": ${remedy}`);
  }
  // Before the first accept: Deno starts its signal watcher here, and panics if descriptors are short by then.
  using stop = new StopSignals(io);
  const server = serve({
    hostname: options.host,
    port: options.port,
    ...serveSocketOptions(options),
    service: options.service,
    idleTimeout: options["idle-timeout"],
    maxConnections: options["max-connections"],
    workers: options.workers,
    grace: options.grace,
    logger,
  });
  if (options.verbose) { for (const line of describeOptions(context, server)) context.say(line); }
  await server.ready;
  await announce(context, server);
  return await untilStopped(context, server, stop);
}

/** What `--verbose` tells of the options, socket options included. */
function describeOptions({ options }: CommandContext, server: EchoServer): string[] {
  const given = {
    "idle-timeout": options["idle-timeout"] === undefined ? "never" : formatDuration(options["idle-timeout"]),
    "max-connections": options["max-connections"] ?? "no limit",
    grace: formatDuration(options.grace),
    ...(options.workers > 1 && { workers: options.workers }),
  };
  const line = "options: " + Object.entries(given).map(([name, value]) => `${name} ${value}`).join(", ");
  return [line, ...socketOptionLines(server.socketOptions)];
}

/** The ready line. */
async function announce(context: CommandContext, server: EchoServer): Promise<void> {
  const { options, print, printJson } = context;
  const { hostname, port } = server.addr;
  const event = {
    event: "listening",
    address: hostname,
    port,
    service: options.service,
    workers: options.workers,
    ...(options.json && { socketOptions: socketOptionsJson(server.socketOptions) }),
  };
  const text = `Listening on ${formatAddress(server.addr)} (${options.service})`;
  await printed(context, options.json ? printJson(event) : print(text));
}

/** Waits for a line to be on stdout. Where that takes nothing, or nobody reads it, the server serves all the same. */
async function printed({ logger }: CommandContext, line: Promise<void>): Promise<void> {
  try {
    await line;
  } catch (error) {
    if (!(error instanceof OutputClosedError)) logger.warn(() => (error as Error).message);
  }
}

/** Waits for a stop signal and ends the server in order, or at once at the second one. It may end by itself, too. */
async function untilStopped(context: CommandContext, server: EchoServer, stop: StopSignals): Promise<number> {
  const { options, logger } = context;
  const signal = await Promise.race([stop.first, server.finished]);
  if (signal) {
    const grace = formatDuration(options.grace);
    const { open } = server.stats;
    logger.info(() => `${signal}: stopping, the open connections (${open}) are served on for at most ${grace}`, () => ({
      event: "stopping",
      signal,
      open,
    }));
  }
  const ended = await Promise.race([server.shutdown(), stop.second]);
  const second = typeof ended === "string" ? ended : undefined;
  if (second) server.close();
  // Joins the shutdown begun above, or by the server itself.
  return await conclude(context, server, await server.shutdown(), { first: signal ?? null, second });
}

/** Why the exit code is not 0, and which it is. */
interface Trouble {
  readonly kind: string;
  readonly message: string;
  readonly exitCode: number;
}

function troubleOf(
  server: EchoServer,
  { unechoedBytes }: ShutdownReport,
  grace: number,
  second?: StopSignal,
): Trouble | undefined {
  if (second) {
    return { kind: "interrupted", message: `cut short by a second ${second}`, exitCode: signalExitCode(second) };
  }
  if (server.failure) return { kind: "worker", message: server.failure.message, exitCode: EXIT.failed };
  if (unechoedBytes === 0) return undefined;
  const message = `${unechoedBytes} received bytes could not be echoed within the grace of ${
    formatDuration(grace)
  }: raise --grace`;
  return { kind: "unechoed", message, exitCode: EXIT.failed };
}

async function conclude(
  context: CommandContext,
  server: EchoServer,
  report: ShutdownReport,
  signals: { first: StopSignal | null; second: StopSignal | undefined },
): Promise<number> {
  const { options, printJson } = context;
  const trouble = troubleOf(server, report, options.grace, signals.second);
  if (options.json) {
    const error = trouble ? { kind: trouble.kind, message: trouble.message } : null;
    await printed(context, printJson({ event: "stopped", signal: signals.first, ...server.stats, ...report, error }));
  }
  if (trouble) context.say(`sounder: ${trouble.message}`);
  return trouble?.exitCode ?? EXIT.ok;
}
