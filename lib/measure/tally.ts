import type { TlsInfo } from "../net/tls_options.ts";
import type { BenchErrorCount, BenchErrorKind } from "./bench_result.ts";
import type { Histogram } from "./histogram.ts";
import { KindCounts } from "./kind_counts.ts";
import { type TlsFacts, tlsFacts } from "./tls_facts.ts";

/** The figures of one second of one thread. */
export interface TallyInterval {
  /** Begin and end, in milliseconds from the begin of the measured time. */
  readonly startMs: number;
  /** The end. */
  readonly endMs: number;
  /** Requests whose whole echo came. */
  readonly requests: number;
  /** Failures. */
  readonly errors: number;
  /** Bytes that the system took. */
  readonly bytesSent: number;
  /** Bytes that came. */
  readonly bytesReceived: number;
  /** Latencies; good until the next interval is taken. */
  readonly latency: Histogram;
}

/** The histograms of a tally. */
export interface TallyHistograms {
  /** Of the whole time. */
  readonly latency: Histogram;
  /** From when a request was sent; undefined in a closed loop. */
  readonly serviceTime: Histogram | undefined;
  /** From when it was due until it was sent; undefined in a closed loop. */
  readonly delay: Histogram | undefined;
  /** Of connecting, TLS handshakes left out. */
  readonly connectTime: Histogram;
  /** Of TLS handshakes; undefined without TLS. */
  readonly tlsTime: Histogram | undefined;
}

/** What one thread of a bench counts. Times are those of `performance.now()`. */
export class Tally {
  /** The histograms. */
  readonly histograms: TallyHistograms;
  /** Connections that were made, from the very begin. */
  connections = 0;
  /** What TLS came to on the first of them. */
  tls: TlsFacts | undefined;
  /** Bytes that the system took in the interval. */
  bytesSent = 0;
  /** Bytes that came in the interval. */
  bytesReceived = 0;
  #requests = 0;
  #errors = 0;
  /** Nothing counts before the warmup is over. */
  #begin = Infinity;
  #intervalStart = 0;
  /** When something that counts last happened. */
  #countedAt = 0;
  #spareInterval: Histogram;
  #interval: Histogram;
  readonly #kinds = new KindCounts<BenchErrorKind>();

  /** @param intervals Two empty histograms, which take turns at being that of the second under way. */
  constructor(histograms: TallyHistograms, [interval, spare]: readonly [Histogram, Histogram]) {
    this.histograms = histograms;
    this.#interval = interval;
    this.#spareInterval = spare;
  }

  /** Begins to measure: what was counted before is forgotten, but for the connections and the kinds of failures. */
  begin(now: number): void {
    this.#begin = now;
    this.#intervalStart = now;
    this.bytesSent =
      this.bytesReceived =
      this.#requests =
      this.#errors =
        0;
    this.#interval.reset();
  }

  /** Notes that bytes of a stream went through. Hot path. */
  moved(now: number): void {
    this.#countedAt = now;
  }

  /** When that which was counted ends: with the last request or bytes of a stream, and not before the last interval. */
  get countedUntil(): number {
    return Math.max(this.#intervalStart, this.#countedAt);
  }

  /**
   * Counts a request whose whole echo came. Hot path.
   *
   * @param due When it should have been sent; in a closed loop when it was.
   * @param sent When it was sent.
   */
  completed(due: number, sent: number, now: number): void {
    if (due < this.#begin) return;
    this.#requests++;
    this.#countedAt = now;
    this.#interval.record(now - due);
    if (this.histograms.serviceTime === undefined) return;
    this.histograms.serviceTime.record(now - sent);
    this.histograms.delay!.record(sent - due);
  }

  /**
   * Counts a connection that was made.
   *
   * @param ms What that took, the TLS handshake included.
   */
  connected(ms: number, tls: TlsInfo | undefined): void {
    this.connections++;
    this.histograms.connectTime.record(ms - (tls?.handshakeMs ?? 0));
    if (tls === undefined) return;
    this.histograms.tlsTime?.record(tls.handshakeMs);
    this.tls ??= tlsFacts(tls);
  }

  /** Counts a failure. */
  failed(kind: BenchErrorKind, message: string): void {
    this.#errors++;
    this.#kinds.add(kind, message);
  }

  /** The failures by kind, those before the measured time included. */
  errorKinds(): BenchErrorCount[] {
    return this.#kinds.list();
  }

  /** Ends the second under way and begins the next. */
  takeInterval(now: number): TallyInterval {
    const taken = this.#interval;
    const interval = {
      startMs: this.#intervalStart - this.#begin,
      endMs: now - this.#begin,
      requests: this.#requests,
      errors: this.#errors,
      bytesSent: this.bytesSent,
      bytesReceived: this.bytesReceived,
      latency: taken,
    };
    this.histograms.latency.add(taken);
    this.#interval = this.#spareInterval;
    this.#spareInterval = taken;
    this.#interval.reset();
    this.#intervalStart = now;
    this.bytesSent =
      this.bytesReceived =
      this.#requests =
      this.#errors =
        0;
    return interval;
  }
}
