import type { Address } from "../core/address.ts";
import { Watchdog } from "../core/watchdog.ts";
import type { Connection } from "../net/connection.ts";
import { isPeerReset } from "../net/is_peer_gone.ts";
import { drain } from "./discard.ts";
import { BYTES_IN, BYTES_OUT } from "./server_totals.ts";
import { type ServiceMeter, type ServiceName, services } from "./service.ts";

/** A connection that a server serves. */
export interface ServedConnectionInfo {
  /** Serial number within the server, from 1. */
  readonly id: number;
  /** The server's end. */
  readonly localAddr: Address;
  /** The peer's end. */
  readonly remoteAddr: Address;
}

/**
 * Why a served connection ended: both sides sent FIN (`finished`), the peer sent RST (`reset`) or stopped answering
 * (`timeout`), nothing moved for the idle timeout (`idle`), the server stopped (`shutdown`), or something failed here
 * (`error`).
 */
export type CloseReason = "finished" | "reset" | "timeout" | "idle" | "shutdown" | "error";

/** How a served connection went. */
export interface ServedConnectionSummary extends ServedConnectionInfo {
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent. */
  readonly bytesOut: number;
  /** Milliseconds from accept to close. */
  readonly durationMs: number;
  /** Why it ended. */
  readonly reason: CloseReason;
  /** What was thrown, unless it ended by `finished`, `idle` or `shutdown`. */
  readonly error?: unknown;
}

/** How a connection is served. */
export interface ServedConnectionOptions {
  /** What is done with it. */
  readonly service: ServiceName;
  /** Milliseconds without a byte after which it is closed; `undefined` for never. */
  readonly idleTimeout: number | undefined;
  /** The block of the thread's totals, which gets its bytes as they come and go. */
  readonly totals: Float64Array;
}

/**
 * Runs a service on one connection: counts, watches for idleness, and ends it in order when the server stops.
 *
 * ```text
 *   serving ──finish()──▶ finishing: FIN as soon as nothing is owed ──peer's FIN──▶ ended
 *      │                      │
 *      └──────cut(reason)─────┴──▶ ended
 * ```
 */
export class ServedConnection implements ServiceMeter {
  /** Who is served. */
  readonly info: ServedConnectionInfo;
  readonly #connection: Connection;
  readonly #service: ServiceName;
  readonly #since = performance.now();
  readonly #watchdog: Watchdog | undefined;
  readonly #totals: Float64Array;
  #bytesIn = 0;
  #bytesOut = 0;
  #finishing = false;
  /** Bytes received when our FIN went out; later ones nobody has a claim to get back. */
  #bytesInAtFin: number | undefined;
  #reason: CloseReason | undefined;

  constructor(id: number, connection: Connection, { service, idleTimeout, totals }: ServedConnectionOptions) {
    this.info = { id, localAddr: connection.localAddr, remoteAddr: connection.remoteAddr };
    this.#connection = connection;
    this.#service = service;
    this.#totals = totals;
    if (idleTimeout !== undefined) this.#watchdog = new Watchdog(idleTimeout, () => this.cut("idle"));
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
    try {
      await services[this.#service](this.#connection, this);
      this.#reason ??= "finished";
    } catch (thrown) {
      // Where a reason stands already, the error is only how our own closing looks from inside the service.
      if (this.#reason === undefined) {
        this.#reason = this.#judge(thrown);
        if (this.#reason === "shutdown") await this.#drain();
        else error = thrown;
      }
    }
    this.#watchdog?.stop();
    this.#connection.close();
    return {
      ...this.info,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
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
    this.#totals[BYTES_OUT] += length;
    this.#watchdog?.touch();
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

  #judge(error: unknown): CloseReason {
    // Writing after our own FIN is what ends an echo that is cut by shutdown.
    if (this.#finishing && error instanceof Deno.errors.BrokenPipe) return "shutdown";
    if (error instanceof Deno.errors.TimedOut) return "timeout";
    return isPeerReset(error) ? "reset" : "error";
  }
}
