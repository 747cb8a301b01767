import type { AccessRules } from "../core/access_list.ts";
import { waitAtMost } from "../core/delay.ts";
import type { HostCounts } from "../core/host_counts.ts";
import type { Logger } from "../core/logger.ts";
import { acceptLoop } from "../net/accept_loop.ts";
import type { Connection } from "../net/connection.ts";
import type { Listener } from "../net/listen.ts";
import type { TlsAcceptor } from "../net/tls_acceptor.ts";
import type { TlsConnection } from "../net/tls_connection.ts";
import type { TlsInfo } from "../net/tls_options.ts";
import { Admission } from "./admission.ts";
import type { CallbackGuard } from "./callback_guard.ts";
import { type ConnectionsOptions, type ConnectionState, DEFAULT_LIMIT } from "./connection_state.ts";
import type { ServeOptions, ShutdownReport } from "./echo_server.ts";
import type { FaultPlan } from "./fault_plan.ts";
import { logConnection } from "./log_socket_options.ts";
import type { ServeLimits } from "./serve_limits.ts";
import { ServedConnection } from "./served_connection.ts";
import type { ServerLog } from "./server_log.ts";
import type { RefusalReason } from "./server_stats.ts";
import { ERRORS, REFUSED, type ServerTotals } from "./server_totals.ts";
import type { ServiceName } from "./service.ts";
import { traceConnection } from "./trace_connection.ts";
import { TrafficLimits } from "./traffic_limits.ts";
import { untilQuiet } from "./until_quiet.ts";

/** A listener, and what is done with what it accepts. */
export interface ThreadEndpoint {
  /** Where connections come from. */
  readonly listener: Listener;
  /** What is done with them. */
  readonly service: ServiceName;
  /** Whether they speak TLS. */
  readonly tls: boolean;
}

/** What a thread of a server does with its connections. */
export interface ServerThreadOptions extends Pick<ServeOptions, "onConnection" | "onClose"> {
  /** What they may do. */
  readonly limits: ServeLimits;
  /** What does the TLS handshakes, where an endpoint speaks TLS. It never rejects there. */
  readonly tls: Promise<TlsAcceptor | undefined>;
  /** The faults to inject. */
  readonly faults: FaultPlan | undefined;
  /** What all threads count. */
  readonly totals: ServerTotals;
  /** Which of them this is, from 0. */
  readonly thread: number;
  /** The connections of each host, over all threads. */
  readonly hosts: HostCounts | undefined;
  /** Milliseconds, on a clock that all threads have in common. */
  readonly now: () => number;
  /** What is told of each connection, where its debug messages go anywhere. It does not fail. */
  readonly logger: Logger | undefined;
  /** The same logger's words. */
  readonly log: ServerLog;
  /** What calls the callbacks. */
  readonly callbacks: CallbackGuard;
}

/** Milliseconds at most for emptying the accept queue: a flood of connects must not put off the end. */
const QUEUE_LIMIT = 1000;
/**
 * Serves what its listeners accept: a whole server, but for its addresses, its start and its end.
 *
 * ```text
 *   serving ──shutDown()──▶ the accept queue is let in, the grace, FIN, a second ──▶ finished
 *      │                        │
 *      └────────close()─────────┴──▶ finished
 * ```
 */
export class ServerThread {
  /** Resolves when the listeners are closed and the last connection has ended. Never rejects. */
  readonly finished: Promise<void>;
  readonly #options: ServerThreadOptions;
  readonly #endpoints: readonly ThreadEndpoint[];
  readonly #admission: Admission;
  /** `undefined` where there are none. */
  readonly #traffic: TrafficLimits | undefined;
  readonly #block: Float64Array;
  /** Aborted when the end begins: the accept loop waits no longer than it must. */
  readonly #hurry = new AbortController();
  readonly #open = new Set<ServedConnection>();
  /** Those in their TLS handshake. */
  readonly #handshaking = new Set<Connection>();
  readonly #finish = Promise.withResolvers<void>();
  /** Listeners that are open. */
  #accepting: number;
  #closed = false;
  /** What came of `accept()`, errors included. */
  #accepts = 0;
  #endedByServer = 0;
  #unechoed = 0;
  #late = 0;

  /** Accepts from now on. */
  constructor(endpoints: readonly ThreadEndpoint[], options: ServerThreadOptions) {
    this.#endpoints = endpoints;
    this.#options = options;
    this.#block = options.totals.block(options.thread);
    this.#admission = new Admission(options.limits, options);
    const traffic = new TrafficLimits(options.limits, options.totals);
    this.#traffic = traffic.any ? traffic : undefined;
    this.finished = this.#finish.promise;
    this.#accepting = endpoints.length;
    for (const endpoint of endpoints) void this.#accept(endpoint);
  }

  /** How the shutdown went; all nought before one. */
  get report(): ShutdownReport {
    return { endedByServer: this.#endedByServer, unechoedBytes: this.#unechoed, lateBytes: this.#late };
  }

  /** Lets in by other lists from now on. */
  set access(rules: AccessRules) {
    this.#admission.access = rules;
  }

  /** Those that are being served, the oldest first. */
  connections({ limit = DEFAULT_LIMIT, tcpInfo = false }: ConnectionsOptions): ConnectionState[] {
    return [...take(this.#open, limit)].map((served) => served.stateNow(tcpInfo));
  }

  /** Closes every connection at once. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    for (const connection of this.#handshaking) connection.close();
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
    // A handshake that was under way is nobody's refusal, and one that ends just now is served no more.
    this.#closed = true;
    for (const connection of this.#handshaking) connection.close();
    this.#endedByServer = this.#open.size;
    for (const served of [...this.#open]) served.finish();
    if (this.#endedByServer > 0) await waitAtMost(longestLinger(this.#open), this.finished);
    for (const served of this.#open) served.cut("shutdown");
    await this.finished;
    return this.report;
  }

  async #accept(endpoint: ThreadEndpoint): Promise<void> {
    await acceptLoop(endpoint.listener, (connection) => this.#onAccept(connection, endpoint), {
      signal: this.#hurry.signal,
      onError: (error) => this.#onAcceptError(error),
    });
    this.#accepting--;
    this.#finishIfDone();
  }

  #onAccept(connection: Connection, endpoint: ThreadEndpoint): void {
    // One that was accepted in the very turn of close().
    if (this.#closed) return connection.close();
    this.#accepts++;
    const reason = this.#admission.admit(connection.remoteAddr.hostname);
    if (reason !== undefined) return this.#refuse(connection, reason);
    // Now, and not after the handshake: the faults that it draws go by the order of accept.
    const id = this.#options.totals.nextId();
    if (endpoint.tls) void this.#secure(id, connection, endpoint);
    else void this.#serve(id, connection, endpoint);
  }

  #refuse(connection: Connection, reason: RefusalReason, error?: unknown): void {
    connection.close();
    this.#block[REFUSED[reason]]++;
    this.#options.log.refused(connection.remoteAddr, reason, this.#options.limits, error);
  }

  /** Has the TLS handshake, and serves what comes of it. */
  async #secure(id: number, accepted: Connection, endpoint: ThreadEndpoint): Promise<void> {
    this.#handshaking.add(accepted);
    let secured: TlsConnection | undefined;
    try {
      secured = await (await this.#options.tls)!.accept(accepted);
    } catch (error) {
      // What our own closing looks like from inside the handshake is nobody's refusal.
      if (!this.#closed) this.#refuse(accepted, "handshake", error);
    }
    this.#handshaking.delete(accepted);
    if (secured !== undefined && !this.#closed) return await this.#serve(id, secured, endpoint, secured.tls);
    secured?.close();
    this.#admission.leave(accepted.remoteAddr.hostname);
    this.#finishIfDone();
  }

  async #serve(id: number, accepted: Connection, { service }: ThreadEndpoint, tls?: TlsInfo): Promise<void> {
    const { limits, faults, totals, thread, now, onConnection, onClose, logger, log, callbacks } = this.#options;
    const { idleTimeout, maxLifetime } = limits;
    const connection = traceConnection(accepted, logger);
    totals.serve(thread);
    const served = new ServedConnection(id, connection, {
      service,
      tls,
      faults,
      idleTimeout,
      maxLifetime,
      traffic: this.#traffic,
      now,
      totals: this.#block,
    });
    this.#open.add(served);
    log.accepted(served.info);
    logConnection(logger, accepted);
    // One that a fault has refused is reset already: there is nothing to be done with it.
    const isRefused = served.info.faults?.some(({ kind }) => kind === "refuse");
    if (!isRefused && !callbacks.call(() => onConnection?.(connection, served.info))) served.cut("error");
    const summary = await served.run();
    this.#open.delete(served);
    this.#admission.leave(accepted.remoteAddr.hostname);
    // What a fault keeps back is not lost by the shutdown.
    if (summary.reason === "shutdown" && !summary.faults) this.#unechoed += served.owed;
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
    for (const { listener } of this.#endpoints) listener.close();
    this.#hurry.abort();
  }

  #finishIfDone(): void {
    if (this.#accepting + this.#open.size + this.#handshaking.size === 0) this.#finish.resolve();
  }
}

/** Milliseconds; a loop, since as many arguments as there may be connections do not fit on the stack. */
function longestLinger(open: Iterable<ServedConnection>): number {
  let longest = 0;
  for (const { linger } of open) longest = Math.max(longest, linger);
  return longest;
}

function* take<T>(items: Iterable<T>, count: number): Iterable<T> {
  for (const item of items) {
    if (count-- <= 0) return;
    yield item;
  }
}
