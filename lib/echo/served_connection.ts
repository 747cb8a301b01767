import { Watchdog } from "../core/watchdog.ts";
import type { Connection } from "../net/connection.ts";
import type { TlsInfo } from "../net/tls_options.ts";
import { isPeerReset } from "../net/is_peer_gone.ts";
import { tryTcpInfo } from "../socket/try_tcp_info.ts";
import type { ConnectionState } from "./connection_state.ts";
import { drain } from "./discard.ts";
import type { CloseReason, ServedConnectionInfo, ServedConnectionSummary } from "./served_connection_summary.ts";
import { longestDelay } from "./fault_delay.ts";
import { FaultInjected } from "./fault_injected.ts";
import { type FaultInjection, injectFaults } from "./fault_injection.ts";
import type { FaultPlan } from "./fault_plan.ts";
import { limitConnection } from "./limited_connection.ts";
import type { LimitReason } from "./server_stats.ts";
import { BYTES_IN, BYTES_OUT, ENDED, FAULTED, PAUSES } from "./server_totals.ts";
import type { TrafficLimits } from "./traffic_limits.ts";
import { type ServiceMeter, type ServiceName, services } from "./service.ts";

/** How a connection is served. */
export interface ServedConnectionOptions {
  /** What is done with it. */
  readonly service: ServiceName;
  /** What its TLS handshake came to. */
  readonly tls: TlsInfo | undefined;
  /** The faults to draw from. */
  readonly faults: FaultPlan | undefined;
  /** Milliseconds without a byte after which it is closed; `undefined` for never. */
  readonly idleTimeout: number | undefined;
  /** Milliseconds after which it is ended; `undefined` for never. */
  readonly maxLifetime: number | undefined;
  /** What it may send and be sent; `undefined` for as much as comes. */
  readonly traffic: TrafficLimits | undefined;
  /** Milliseconds, on the clock of the rates. */
  readonly now: () => number;
  /** The block of the thread's totals, which gets its bytes as they come and go. */
  readonly totals: Float64Array;
}

/** Milliseconds that a peer has to answer our FIN, before its connection is cut. */
const LINGER = 1000;
/** Milliseconds at most that a delay, which holds back our FIN, may add to that: no stop takes for ever. */
const MOST_DELAY = 10_000;

/**
 * Runs a service on one connection: counts, watches for idleness and limits, and ends it in order when the server stops.
 *
 * ```text
 *   serving ──finish(), a limit──▶ finishing: FIN as soon as nothing is owed ──peer's FIN──▶ ended
 *      │                               │
 *      └──────────cut(reason)──────────┴──▶ ended
 * ```
 */
export class ServedConnection implements ServiceMeter {
  /** Who is served. */
  readonly info: ServedConnectionInfo;
  /** Milliseconds from the end of the service to the cut: for what a delay holds back to go out, and the peer's answer. */
  readonly linger: number;
  readonly #connection: Connection;
  readonly #service: ServiceName;
  readonly #since = performance.now();
  readonly #injected: FaultInjection | undefined;
  readonly #watchdog: Watchdog | undefined;
  readonly #lifetime: Watchdog | undefined;
  readonly #totals: Float64Array;
  #bytesIn = 0;
  /** What the service takes for sent, and what is owed counts by. */
  #bytesOut = 0;
  #finishing = false;
  /** The limit that began the finishing. */
  #limit: LimitReason | undefined;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  /** Bytes received when our FIN went out; later ones nobody has a claim to get back. */
  #bytesInAtFin: number | undefined;
  #reason: CloseReason | undefined;

  constructor(id: number, connection: Connection, options: ServedConnectionOptions) {
    const { service, idleTimeout, maxLifetime, traffic, totals, faults } = options;
    const injected = faults &&
      injectFaults(connection, faults, { id, service, onSent: (bytes) => this.#wentOut(bytes) });
    if (injected && injected.faults.length > 0) {
      this.#injected = injected;
      totals[FAULTED]++;
    }
    this.linger = LINGER + Math.min(MOST_DELAY, longestDelay(this.#injected?.faults ?? []));
    const { localAddr, remoteAddr } = connection;
    this.info = { id, service, localAddr, remoteAddr, tls: options.tls, faults: this.#injected?.faults };
    const served = injected?.connection ?? connection;
    this.#connection = traffic ? this.#limited(served, traffic, options.now) : served;
    this.#service = service;
    this.#totals = totals;
    if (idleTimeout !== undefined) this.#watchdog = new Watchdog(idleTimeout, () => this.cut("idle"));
    if (maxLifetime !== undefined) this.#lifetime = new Watchdog(maxLifetime, () => this.#end("lifetime"));
  }

  /** How it is now. */
  stateNow(withTcpInfo: boolean): ConnectionState {
    const tcpInfo = withTcpInfo ? tryTcpInfo(this.#connection) : undefined;
    return {
      ...this.info,
      state: this.#finishing ? "finishing" : "serving",
      ageMs: performance.now() - this.#since,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesSent,
      ...(tcpInfo && { tcpInfo }),
    };
  }

  /** Bytes received before our FIN, if that went out, that the peer has a claim to get back and that were not sent yet. */
  get owed(): number {
    return this.#service === "echo" ? (this.#bytesInAtFin ?? this.#bytesIn) - this.#bytesOut : 0;
  }

  /** Bytes received after our FIN, sent by a peer that had not seen it yet. */
  get late(): number {
    return this.#bytesInAtFin === undefined ? 0 : this.#bytesIn - this.#bytesInAtFin;
  }

  /** Runs the service to its end and closes the connection. Never rejects. */
  async run(): Promise<ServedConnectionSummary> {
    let error: unknown;
    this.#watchdog?.start();
    this.#lifetime?.start();
    try {
      await services[this.#service](this.#connection, this);
      if (this.#limit === "bytes") await this.#drain();
      this.#reason ??= this.#limit ?? "finished";
    } catch (thrown) {
      // Where a reason stands already, the error is only how our own closing looks from inside the service.
      if (this.#reason === undefined) {
        const reason = this.#judge(thrown);
        if (reason === "shutdown" || reason === this.#limit) await this.#drain();
        else if (reason !== "fault") error = thrown;
        this.#reason ??= reason;
      }
    }
    this.#stopTimers();
    this.#connection.close();
    if (this.#reason in ENDED) this.#totals[ENDED[this.#reason as LimitReason]]++;
    return {
      ...this.info,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesSent,
      durationMs: performance.now() - this.#since,
      reason: this.#reason,
      ...(error !== undefined && { error }),
    };
  }

  // These two are called for each echo: no more than this is to be in them.
  received({ length }: Uint8Array): void {
    this.#bytesIn += length;
    this.#totals[BYTES_IN] += length;
    this.#watchdog?.touch();
  }

  sent({ length }: Uint8Array): void {
    this.#bytesOut += length;
    if (this.#injected === undefined) this.#wentOut(length);
    if (this.#finishing && this.owed === 0) this.#sendFin();
  }

  /** Sends FIN as soon as nothing is owed; what comes after that is read and counted, but not echoed any more. */
  finish(): void {
    this.#finishing = true;
    if (this.owed === 0) this.#sendFin();
  }

  /** Closes at once, whatever is owed. */
  cut(reason: CloseReason): void {
    this.#reason ??= reason;
    this.#connection.close();
  }

  /** A limit is reached: FIN as soon as nothing is owed, and its time for the peer to answer it. */
  #end(limit: LimitReason): void {
    if (this.#limit !== undefined) return;
    this.#limit = limit;
    this.#lingering = setTimeout(() => this.cut(limit), this.linger);
    this.finish();
  }

  #stopTimers(): void {
    this.#watchdog?.stop();
    this.#lifetime?.stop();
    clearTimeout(this.#lingering);
  }

  #limited(connection: Connection, traffic: TrafficLimits, now: () => number): Connection {
    return limitConnection(connection, {
      received: traffic.direction("received"),
      sent: traffic.direction("sent"),
      maxBytes: traffic.maxBytes,
      now,
      // Who is made to wait is not idle.
      onPause: () => {
        this.#totals[PAUSES]++;
        this.#watchdog?.pause();
      },
      onResume: () => this.#watchdog?.start(),
      onMaxBytes: (written) => {
        if (written.length > 0) this.sent(written);
        this.#end("bytes");
      },
    });
  }

  /**
   * Reads on to the peer's FIN: closing with bytes unread would send RST, and that drops what was echoed and is still on
   * its way. A peer that does not come to an end is cut by the server.
   */
  async #drain(): Promise<void> {
    await drain(this.#connection, this).catch(() => {});
  }

  #sendFin(): void {
    this.#bytesInAtFin ??= this.#bytesIn;
    // It fails only where the connection is gone, which the service's own read or write reports.
    this.#connection.closeWrite().catch(() => {});
  }

  /** Bytes that went out: with faults not what the service takes for sent, since they drop and hold back. */
  get #bytesSent(): number {
    return this.#injected?.bytesSent ?? this.#bytesOut;
  }

  #wentOut(bytes: number): void {
    this.#totals[BYTES_OUT] += bytes;
    this.#watchdog?.touch();
  }

  #judge(error: unknown): CloseReason {
    if (error instanceof FaultInjected) return "fault";
    // Writing after our own FIN is what ends an echo that is cut by shutdown, or by a limit.
    if (this.#finishing && error instanceof Deno.errors.BrokenPipe) return this.#limit ?? "shutdown";
    const isPeers = isPeerReset(error) || isPeersTls(error);
    if (this.#limit !== undefined && isPeers) return this.#limit;
    if (error instanceof Deno.errors.TimedOut) return "timeout";
    return isPeers ? "reset" : "error";
  }
}

/** TLS that the peer has cut off without close_notify, or broken: its doing, as a RST is. */
function isPeersTls(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.InvalidData;
}
