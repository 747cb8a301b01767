import { formatAddress } from "../core/address.ts";
import { textOf } from "../core/text_of.ts";
import { formatDuration } from "../core/units.ts";
import type { EchoServer, ShutdownReport } from "../echo/echo_server.ts";
import { serve } from "../echo/serve.ts";
import type { AdminServer } from "./admin.ts";
import type { CommandContext } from "./command_context.ts";
import { EXIT, InterruptedError, signalExitCode } from "./describe_error.ts";
import { OutputClosedError, type StopSignal } from "./io.ts";
import { readReload, reloadable, serveSetup } from "./serve_setup.ts";
import { socketOptionLines, socketOptionsJson } from "./show_socket_options.ts";
import { StopSignals } from "./stop_signals.ts";
import { SummarySignal } from "./summary_signal.ts";
import { orUsage, UsageError } from "./usage_error.ts";
import { watchServer } from "./watch_server.ts";

/** `sounder serve`: serves until a stop signal, then ends in order. */
export async function serveCommand(given: CommandContext): Promise<number> {
  const { options, operands, io } = given;
  if (operands.length > 0) {
    const remedy = /^\d+$/.test(operands[0]) ? `did you mean --port ${operands[0]}?` : "it takes options only";
    throw new UsageError(`serve takes no argument "${operands[0]}": ${remedy}`);
  }
  // Loaded by those who want them: each module delays the start.
  const adminModule = options.admin === undefined ? undefined : await import("./admin.ts");
  const adminAddress = adminModule && orUsage(() => adminModule.parseAdmin(options.admin!), "--admin: ");
  await using top = options.top ? new (await import("./serve_top.ts")).ServeTop(given) : undefined;
  const context = top?.context ?? given;
  // Before the first accept: Deno starts its signal watcher here, and panics if descriptors are short by then.
  using stop = new StopSignals(io);
  // Before anything that takes time: who signals early must neither end the program nor go without its answer.
  using summaries = new SummarySignal(io, context.logger);
  await using server = serve(await unlessStopped(serveSetup(context), stop));
  using _reloading = reloadOnSignal(context, server);
  if (options.verbose) { for (const line of describeOptions(context, server)) context.say(line); }
  await server.ready;
  const facts = watchServer(server, stop);
  summaries.begin(facts);
  // It answers until the last connection has ended, so that what watches the server sees how it ends.
  await using admin = adminAddress && adminModule.startAdmin(server, adminAddress, { facts, logger: context.logger });
  await announce(context, server, admin);
  top?.start(server, facts);
  const end = await untilStopped(context, server, stop);
  // What is printed now is not to vanish with the table's screen.
  await top?.[Symbol.asyncDispose]();
  return await conclude(given, server, end);
}

/** Waits for the files to be read, which may take for ever (a pipe that nobody writes to). */
async function unlessStopped<T>(setup: Promise<T>, { first }: StopSignals): Promise<T> {
  const stopped = first.then((signal) => {
    throw new InterruptedError(signal);
  });
  return await Promise.race([setup, stopped]);
}

/** Reads certificates and access lists again at each SIGHUP. What is wrong with them is told, and those before stay. */
function reloadOnSignal(context: CommandContext, server: EchoServer): Disposable {
  const { options, io, logger } = context;
  if (reloadable(options).length === 0) return { [Symbol.dispose]: () => {} };
  // One after the other: the last one to be asked for is the last one to be in force.
  let last = Promise.resolve();
  const remove = io.onReloadSignal(() => {
    last = last.then(async () => {
      try {
        await server.reload(await readReload(context));
        logger.info(() => `reloaded ${reloadable(options).join(" and ")}`, () => ({ event: "reloaded" }));
      } catch (error) {
        logger.error(() => `cannot reload, going on as before: ${textOf(error)}`, () => ({ event: "reload-failed" }));
      }
    });
  });
  return { [Symbol.dispose]: remove };
}

/** What `--verbose` tells of the options, socket options included. */
function describeOptions({ options }: CommandContext, server: EchoServer): string[] {
  const given = {
    "idle-timeout": options["idle-timeout"] === undefined ? "never" : formatDuration(options["idle-timeout"]),
    "max-connections": options["max-connections"] ?? "no limit",
    ...namedLimits(options),
    grace: formatDuration(options.grace),
    ...(options.workers > 1 && { workers: options.workers }),
  };
  const line = "options: " + Object.entries(given).map(([name, value]) => `${name} ${value}`).join(", ");
  return [line, ...socketOptionLines(server.socketOptions)];
}

/** The limits that were asked for, of those that nobody misses otherwise. */
function namedLimits(options: CommandContext["options"]): Record<string, string | number> {
  const shown = {
    "max-lifetime": (ms: number) => formatDuration(ms),
    "max-bytes": (bytes: number) => `${bytes} B`,
    "max-per-host": (count: number) => count,
    "accept-rate": (rate: number) => `${rate}/s`,
    "rate-limit": (bytes: number) => `${bytes} B/s`,
    "rate-limit-total": (bytes: number) => `${bytes} B/s`,
  };
  return Object.fromEntries(
    Object.entries(shown).flatMap(([name, show]) => {
      const value = options[name as keyof typeof shown];
      return value === undefined ? [] : [[name, show(value)]];
    }),
  );
}

/** The ready lines: one for each address. Where the admin server is told in the log, and to programs here. */
async function announce(context: CommandContext, server: EchoServer, admin: AdminServer | undefined): Promise<void> {
  const { options, print, printJson } = context;
  for (const { addr, service, tls } of server.endpoints) {
    const event = {
      event: "listening",
      address: addr.hostname,
      port: addr.port,
      service,
      ...(tls && { tls }),
      workers: options.workers,
      ...(server.faultSeed !== undefined && { faults: options.fault, faultSeed: server.faultSeed }),
      ...(options.json && { socketOptions: socketOptionsJson(server.socketOptions) }),
    };
    const text = `Listening on ${formatAddress(addr)} (${service}${tls ? "+tls" : ""})`;
    await printed(context, options.json ? printJson(event) : print(text));
  }
  if (!admin || !options.json) return;
  await printed(context, printJson({ event: "admin", address: admin.addr.hostname, port: admin.addr.port }));
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
async function untilStopped({ options, logger }: CommandContext, server: EchoServer, stop: StopSignals): Promise<End> {
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
  return { report: await server.shutdown(), first: signal ?? null, second };
}

/** How a server came to its end. */
interface End {
  readonly report: ShutdownReport;
  readonly first: StopSignal | null;
  readonly second: StopSignal | undefined;
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

async function conclude(context: CommandContext, server: EchoServer, end: End): Promise<number> {
  const { options, printJson } = context;
  const trouble = troubleOf(server, end.report, options.grace, end.second);
  if (options.json) {
    const error = trouble ? { kind: trouble.kind, message: trouble.message } : null;
    await printed(context, printJson({ event: "stopped", signal: end.first, ...server.stats, ...end.report, error }));
  }
  if (trouble) context.say(`sounder: ${trouble.message}`);
  return trouble?.exitCode ?? EXIT.ok;
}
