import { waitAtMost } from "../core/delay.ts";
import type { Logger } from "../core/logger.ts";
import { acceptLoop } from "../net/accept_loop.ts";
import type { Connection } from "../net/connection.ts";
import type { Listener } from "../net/listen.ts";
import type { CallbackGuard } from "./callback_guard.ts";
import type { ServeOptions, ShutdownReport } from "./echo_server.ts";
import { logConnection } from "./log_socket_options.ts";
import { ServedConnection } from "./served_connection.ts";
import type { ServerLog } from "./server_log.ts";
import { ERRORS, type ServerTotals } from "./server_totals.ts";
import { traceConnection } from "./trace_connection.ts";
import { untilQuiet } from "./until_quiet.ts";

/** What a thread of a server does with its connections. */
export interface ServerThreadOptions
  extends Pick<ServeOptions, "service" | "idleTimeout" | "maxConnections" | "onConnection" | "onClose"> {
  /** What all threads count. */
  readonly totals: ServerTotals;
  /** Which of them this is, from 0. */
  readonly thread: number;
  /** What is told of each connection, where its debug messages go anywhere. It does not fail. */
  readonly logger: Logger | undefined;
  /** The same logger's words. */
  readonly log: ServerLog;
  /** What calls the callbacks. */
  readonly callbacks: CallbackGuard;
}

/** Milliseconds at most for emptying the accept queue: a flood of connects must not put off the end. */
const QUEUE_LIMIT = 1000;
/** Milliseconds that a peer has to answer our FIN at the end of the grace, before its connection is cut. */
const LINGER = 1000;

/**
 * Serves what one listener accepts: a whole server, but for its address, its start and its end.
 *
 * ```text
 *   serving ──shutDown()──▶ the accept queue is let in, the grace, FIN, a second ──▶ finished
 *      │                        │
 *      └────────close()─────────┴──▶ finished
 * ```
 */
export class ServerThread {
  /** Resolves when the listener is closed and the last connection has ended. Never rejects. */
  readonly finished: Promise<void>;
  readonly #options: ServerThreadOptions;
  readonly #listener: Listener;
  readonly #block: Float64Array;
  /** Aborted when the end begins: the accept loop waits no longer than it must. */
  readonly #hurry = new AbortController();
  readonly #open = new Set<ServedConnection>();
  readonly #finish = Promise.withResolvers<void>();
  #accepting = true;
  #closed = false;
  /** What came of `accept()`, errors included. */
  #accepts = 0;
  #endedByServer = 0;
  #unechoed = 0;
  #late = 0;

  /** Accepts from now on. */
  constructor(listener: Listener, options: ServerThreadOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#block = options.totals.block(options.thread);
    this.finished = this.#finish.promise;
    void this.#accept();
  }

  /** How the shutdown went; all nought before one. */
  get report(): ShutdownReport {
    return { endedByServer: this.#endedByServer, unechoedBytes: this.#unechoed, lateBytes: this.#late };
  }

  /** Closes every connection at once. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    for (const served of this.#open) served.cut("shutdown");
  }

  /** Ends in order, as `EchoServer.shutdown()` says. To be called once. */
  async shutDown(grace: number): Promise<ShutdownReport> {
    const since = performance.now();
    // Closing a listener resets who waits in its queue, although their connect succeeded: they are let in first.
    this.#hurry.abort();
    await untilQuiet(() => this.#accepts, QUEUE_LIMIT);
    this.#stopListening();
    await waitAtMost(Math.max(0, grace - (performance.now() - since)), this.finished);
    this.#endedByServer = this.#open.size;
    for (const served of [...this.#open]) served.finish();
    if (this.#endedByServer > 0) await waitAtMost(LINGER, this.finished);
    for (const served of this.#open) served.cut("shutdown");
    await this.finished;
    return this.report;
  }

  async #accept(): Promise<void> {
    await acceptLoop(this.#listener, (connection) => this.#onAccept(connection), {
      signal: this.#hurry.signal,
      onError: (error) => this.#onAcceptError(error),
    });
    this.#accepting = false;
    this.#finishIfDone();
  }

  #onAccept(connection: Connection): void {
    // One that was accepted in the very turn of close().
    if (this.#closed) return connection.close();
    this.#accepts++;
    const { totals, thread, maxConnections, log } = this.#options;
    const id = totals.enter(thread, maxConnections);
    if (id !== undefined) return void this.#serve(id, connection);
    connection.close();
    log.refused(connection.remoteAddr, maxConnections!);
  }

  async #serve(id: number, accepted: Connection): Promise<void> {
    const { service = "echo", idleTimeout, onConnection, onClose, logger, log, callbacks } = this.#options;
    const connection = traceConnection(accepted, logger);
    const served = new ServedConnection(id, connection, { service, idleTimeout, totals: this.#block });
    this.#open.add(served);
    log.accepted(served.info);
    logConnection(logger, accepted);
    if (!callbacks.call(() => onConnection?.(connection, served.info))) served.cut("error");
    const summary = await served.run();
    this.#open.delete(served);
    this.#options.totals.leave(this.#options.thread);
    if (summary.reason === "shutdown") this.#unechoed += served.owed;
    this.#late += served.late;
    if (["reset", "timeout", "error"].includes(summary.reason)) this.#block[ERRORS]++;
    if (summary.reason === "error" && summary.error !== undefined) callbacks.report(summary.error);
    log.ended(summary);
    callbacks.call(() => onClose?.(summary));
    this.#finishIfDone();
  }

  #onAcceptError(error: unknown): void {
    this.#accepts++;
    this.#block[ERRORS]++;
    this.#options.callbacks.tell(error);
    this.#options.log.acceptFailed(error);
  }

  #stopListening(): void {
    this.#listener.close();
    this.#hurry.abort();
  }

  #finishIfDone(): void {
    if (!this.#accepting && this.#open.size === 0) this.#finish.resolve();
  }
}
