import { delay, delayUntil } from "../core/delay.ts";
import { attempt } from "../core/attempt.ts";
import { textOf } from "../core/text_of.ts";
import { unlessAborted } from "../core/unless_aborted.ts";
import type { Connection } from "../net/connection.ts";
import type { BeginTls } from "../net/start_tls.ts";
import { environment } from "./environment.ts";
import type { PingOptions } from "./ping.ts";
import { ProbeBook, toNanoseconds } from "./ping_book.ts";
import { PingDialer } from "./ping_dialer.ts";
import { EchoProber } from "./ping_echo_prober.ts";
import { HandshakeProber } from "./ping_handshake_prober.ts";
import type { Prober } from "./ping_prober.ts";
import type { PingResult, PingSample } from "./ping_result.ts";
import { nextSlot, slotStart } from "./ping_schedule.ts";
import { createRttStats, type RttStats } from "./rtt_stats.ts";
import { type TlsFacts, tlsFacts, tlsInfoOf } from "./tls_facts.ts";
import { warmTls } from "./warm_tls.ts";

/** Milliseconds that a flood pauses after a loss, as Linux ping's does: 100 probes per second at a dead server are enough. */
const FLOOD_PAUSE = 10;

/** The options of a ping, defaults filled in. */
export type PingAsked = Omit<PingResult["options"], "tls"> & Omit<PingOptions, "count"> & { hostname: string };

/** Who takes the samples. */
export interface SampleSink {
  /** Takes a sample. */
  add(sample: PingSample): void;
  /** Resolves once it has room for more. */
  room(): Promise<void> | undefined;
}

/** One ping, from its begin to its end. */
export class PingRun {
  readonly #asked: PingAsked;
  readonly #sink: SampleSink;
  readonly #stop = new AbortController();
  #address: string | null = null;
  #tls: TlsFacts | null = null;
  /** What ended it before anything could be measured. */
  failure: { error: unknown } | undefined;

  /** Makes one that has not begun. */
  constructor(asked: PingAsked, sink: SampleSink) {
    this.#asked = asked;
    this.#sink = sink;
  }

  /** Ends it; probes under way are left out. */
  stop = (): void => this.#stop.abort();

  /** Runs it to its end, where everything is closed. */
  async run(): Promise<PingResult> {
    const { hostname, port, signal } = this.#asked;
    const { count, intervalMs, timeoutMs, sizeBytes, connect, connectTimeoutMs } = this.#asked;
    const tls = (this.#asked.tls ?? false) !== false;
    if (signal?.aborted) this.stop();
    signal?.addEventListener("abort", this.stop, { once: true });
    try {
      // Before the first probe: what this takes is not the path's time.
      const measuredWith = await environment();
      const beginTls = await warmTls(this.#asked.tls).catch((error) => void this.#fail(error));
      const stats = await createRttStats();
      const tlsStats = await createRttStats();
      const book = new ProbeBook({
        timeoutMs,
        awaited: connect ? "connection" : "echo",
        tcpInfo: this.#asked.tcpInfo === true,
        stats,
        onSample: (sample) => this.#sink.add(sample),
      });
      const startedAt = new Date().toISOString();
      const startMs = performance.now();
      const connections = await this.#probe(book, tlsStats, beginTls);
      const elapsedMs = performance.now() - startMs;
      return {
        schema: 1,
        command: "ping",
        target: { hostname, port, address: this.#address },
        startedAt,
        options: { count, intervalMs, timeoutMs, sizeBytes, connect, connectTimeoutMs, tls },
        environment: measuredWith,
        tls: this.#tls,
        elapsedMs: toNanoseconds(elapsedMs),
        ...book.counts(),
        reconnects: connect ? 0 : Math.max(0, connections - 1),
        rtt: stats.rtt(),
        tlsTime: tlsStats.rtt(),
        distribution: stats.distribution(),
        gates: [],
        error: this.failure ? { kind: kindOf(this.failure.error), message: textOf(this.failure.error) } : null,
      };
    } finally {
      signal?.removeEventListener("abort", this.stop);
    }
  }

  /** Sends all probes. Returns the number of connections made. */
  async #probe(book: ProbeBook, tlsStats: RttStats, beginTls: BeginTls | undefined): Promise<number> {
    const { signal } = this.#stop;
    const dialer = new PingDialer({ ...this.#asked, connectTimeout: this.#asked.connectTimeoutMs }, beginTls);
    const prober = this.#prober(book, dialer, tlsStats);
    try {
      await dialer.resolve(signal);
      await this.#schedule(book, prober);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    } finally {
      this.#stop.abort();
      book.close();
      await prober.close();
    }
    return prober.connections;
  }

  async #schedule(book: ProbeBook, prober: Prober): Promise<void> {
    const { count, intervalMs, connect } = this.#asked;
    const { signal } = this.#stop;
    signal.addEventListener("abort", () => book.close(), { once: true });
    let zeroMs = 0, slot = 0;
    for (let sent = 0; sent < (count ?? Infinity) && !signal.aborted; sent++) {
      if (sent > 0 && intervalMs > 0) {
        slot = nextSlot(slot, performance.now() - zeroMs, intervalMs);
        await delayUntil(zeroMs + slotStart(slot, intervalMs), signal);
      }
      const room = this.#sink.room();
      if (room) await unlessAborted(room, signal);
      if (signal.aborted) return;
      const probe = book.begin();
      const done = prober.probe(probe);
      // The schedule begins once the first connection stands, or is known not to.
      if (sent === 0 && !connect) await done;
      if (sent === 0) zeroMs = performance.now();
      if (intervalMs > 0) continue;
      await book.untilIdle();
      if (probe.state === "lost") await delay(FLOOD_PAUSE, signal);
    }
    await book.untilIdle();
  }

  #prober(book: ProbeBook, dialer: PingDialer, tlsStats: RttStats): Prober {
    const { connect, sizeBytes, logger, onConnection } = this.#asked;
    const fatal = (error: unknown) => this.#fail(error);
    const options = {
      book,
      dialer,
      signal: this.#stop.signal,
      logger,
      onConnection: (connection: Connection) => {
        this.#address = connection.remoteAddr.hostname;
        const tls = tlsInfoOf(connection);
        if (tls) {
          this.#tls ??= tlsFacts(tls);
          tlsStats.record(toNanoseconds(tls.handshakeMs));
        }
        if (onConnection) attempt(() => onConnection(connection), fatal);
      },
      onFatal: fatal,
    };
    return connect ? new HandshakeProber(options) : new EchoProber(sizeBytes, options);
  }

  #fail(error: unknown): void {
    this.failure ??= { error };
    this.stop();
  }
}

/** The kind of an error in a result. */
function kindOf(error: unknown): string {
  const { kind } = error as { kind?: unknown };
  return typeof kind === "string" ? kind : "failed";
}
