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
    logger,
  });
  if (options.verbose) { for (const line of describeOptions(context, server)) context.say(line); }
  await announce(context, server);
  return await untilStopped(context, server, stop);
}

/** What `--verbose` tells of the options, socket options included. */
function describeOptions({ options }: CommandContext, server: EchoServer): string[] {
  const given = {
    "idle-timeout": options["idle-timeout"] === undefined ? "never" : formatDuration(options["idle-timeout"]),
    "max-connections": options["max-connections"] ?? "no limit",
    grace: formatDuration(options.grace),
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

/** Waits for a stop signal and ends the server in order, or at once at the second one. */
async function untilStopped(context: CommandContext, server: EchoServer, stop: StopSignals): Promise<number> {
  const { options, logger } = context;
  const signal = await stop.first;
  const grace = formatDuration(options.grace);
  const { open } = server.stats;
  logger.info(() => `${signal}: stopping, the open connections (${open}) are served on for at most ${grace}`, () => ({
    event: "stopping",
    signal,
    open,
  }));
  const ended = await Promise.race([server.shutdown(options.grace), stop.second]);
  const second = typeof ended === "string" ? ended : undefined;
  if (second) server.close();
  // Joins the shutdown begun above.
  return await conclude(context, server, await server.shutdown(), signal, second);
}

async function conclude(
  context: CommandContext,
  server: EchoServer,
  report: ShutdownReport,
  signal: StopSignal,
  second: StopSignal | undefined,
): Promise<number> {
  const { options, printJson } = context;
  const { unechoedBytes } = report;
  const message = second
    ? `cut short by a second ${second}`
    : `${unechoedBytes} received bytes could not be echoed within the grace of ${formatDuration(options.grace)}: ` +
      "raise --grace";
  const failed = second !== undefined || unechoedBytes > 0;
  if (options.json) {
    const error = failed ? { kind: second ? "interrupted" : "unechoed", message } : null;
    await printed(context, printJson({ event: "stopped", signal, ...server.stats, ...report, error }));
  }
  if (failed) context.say(`sounder: ${message}`);
  return second ? signalExitCode(second) : unechoedBytes > 0 ? EXIT.failed : EXIT.ok;
}
