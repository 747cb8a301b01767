/**
 * The module of a server's Workers: one thread of it, told and telling by messages.
 *
 * @module
 */
/// <reference lib="webworker" />
import { errorData } from "../core/error_data.ts";
import type { Logger } from "../core/logger.ts";
import { listen, type Listener } from "../net/listen.ts";
import { CallbackGuard } from "./callback_guard.ts";
import type { FromServeWorker, LogLevel, ServePlan, ToServeWorker } from "./serve_messages.ts";
import { ServerLog } from "./server_log.ts";
import { ServerThread } from "./server_thread.ts";
import { ServerTotals } from "./server_totals.ts";

let thread: ServerThread | undefined;

self.onmessage = ({ data }: MessageEvent<ToServeWorker>) => {
  if (data.type === "start") start(data.plan);
  else if (data.type === "shutDown") void thread?.shutDown(data.grace);
  else if (data.type === "close") thread?.close();
};

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

function start(plan: ServePlan): void {
  let listener: Listener;
  try {
    listener = listen(plan.listen);
  } catch (error) {
    return end({ type: "failed", error: errorData(error) });
  }
  const { tells, memory, ...options } = plan;
  const logger = tells.logs ? messageLogger(tells.debug) : undefined;
  const log = new ServerLog(logger);
  const started = new ServerThread(listener, {
    ...options,
    totals: new ServerTotals(memory),
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

/** Writes its messages here, and hands them on. */
function messageLogger(debugEnabled: boolean): Logger {
  const told = (level: LogLevel): Logger["info"] => (message, fields) =>
    tell({ type: "log", level, text: message(), fields: fields?.() });
  return { debugEnabled, debug: told("debug"), info: told("info"), warn: told("warn"), error: told("error") };
}
