/**
 * The module of a server's Workers: one thread of it, told and telling by messages.
 *
 * @module
 */
/// <reference lib="webworker" />
import { errorData } from "../core/error_data.ts";
import type { Logger } from "../core/logger.ts";
import { HostCounts } from "../core/host_counts.ts";
import { sharedClock } from "../core/shared_clock.ts";
import { listen } from "../net/listen.ts";
import type { TlsAcceptor } from "../net/tls_acceptor.ts";
import { CallbackGuard } from "./callback_guard.ts";
import type { ServeReload } from "./echo_server.ts";
import type { FromServeWorker, LogLevel, ServePlan, ToServeWorker } from "./serve_messages.ts";
import { ServerLog } from "./server_log.ts";
import { ServerThread, type ThreadEndpoint } from "./server_thread.ts";
import { ServerTotals } from "./server_totals.ts";

let thread: ServerThread | undefined;
let acceptor: TlsAcceptor | undefined;
let starting: Promise<void>;

self.onmessage = ({ data }: MessageEvent<ToServeWorker>) => {
  if (data.type === "start") starting = start(data.plan);
  else void starting.then(() => act(data));
};

function act(message: Exclude<ToServeWorker, { type: "start" }>): void {
  if (message.type === "reload") reload(message.changes);
  else if (message.type === "list") tell({ type: "listed", connections: thread?.connections(message.options) ?? [] });
  else if (message.type === "shutDown") void thread?.shutDown(message.grace);
  else thread?.close();
}

// What nobody catches would be printed by Deno, and then told to the other side without its class and stack.
self.addEventListener("error", (event) => die(event, event.error));
self.addEventListener("unhandledrejection", (event) => die(event, event.reason));

function die(event: Event, error: unknown): void {
  event.preventDefault();
  end({ type: "died", error: errorData(error) });
}

function tell(message: FromServeWorker): void {
  self.postMessage(message);
}

function end(message: FromServeWorker): void {
  tell(message);
  self.close();
}

async function start(plan: ServePlan): Promise<void> {
  const endpoints: ThreadEndpoint[] = [];
  try {
    if (plan.tls) acceptor = await (await import("../net/tls_acceptor.ts")).tlsAcceptor(plan.tls);
    for (const { listen: where, ...endpoint } of plan.endpoints) {
      endpoints.push({ ...endpoint, listener: listen(where) });
    }
  } catch (error) {
    return end({ type: "failed", error: errorData(error) });
  }
  const { tells, limits } = plan;
  const logger = tells.logs ? messageLogger(tells.debug) : undefined;
  const log = new ServerLog(logger);
  const started = new ServerThread(endpoints, {
    limits,
    faults: plan.faults,
    tls: Promise.resolve(acceptor),
    totals: new ServerTotals(plan.memory),
    hosts: plan.hosts && new HostCounts(plan.hosts),
    thread: plan.thread,
    now: sharedClock(plan.timeOrigin),
    logger,
    log,
    callbacks: new CallbackGuard(
      tells.errors ? (error) => tell({ type: "error", error: errorData(error) }) : undefined,
      log,
    ),
    onClose: tells.closes
      ? ({ error, ...summary }) =>
        tell({ type: "closed", summary: { ...summary, ...(error !== undefined && { error: errorData(error) }) } })
      : undefined,
  });
  thread = started;
  tell({ type: "ready" });
  void started.finished.then(() => end({ type: "ended", report: started.report }));
}

/** The first thread has checked the changes: what goes wrong here is what differs between the two. */
function reload({ tls, access }: ServeReload): void {
  try {
    if (tls) acceptor!.replace(tls);
    if (access && thread) thread.access = access;
    tell({ type: "reloaded", error: undefined });
  } catch (error) {
    tell({ type: "reloaded", error: errorData(error) });
  }
}

/** Writes its messages here, and hands them on. */
function messageLogger(debugEnabled: boolean): Logger {
  const told = (level: LogLevel): Logger["info"] => (message, fields) =>
    tell({ type: "log", level, text: message(), fields: fields?.() });
  return { debugEnabled, debug: told("debug"), info: told("info"), warn: told("warn"), error: told("error") };
}
