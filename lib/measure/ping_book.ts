import { LONGEST_TIMER } from "../core/delay.ts";
import { timeLeft } from "../core/watchdog.ts";
import type { Connection } from "../net/connection.ts";
import { tryTcpInfo } from "../socket/try_tcp_info.ts";
import { formatDuration } from "../core/units.ts";
import { KindCounts } from "./kind_counts.ts";
import { OutageBook } from "./ping_outages.ts";
import type { PingLoss, PingSample } from "./ping_result.ts";
import type { RttStats } from "./rtt_stats.ts";

/** A probe under way. Times are those of `performance.now()`. */
export interface Probe {
  /** Its number, from 1. */
  readonly seq: number;
  /** What became of it; a lost one may still be answered. */
  state: "waiting" | "lost" | "answered";
  /** From when on its time is measured. */
  sentMs: number;
  /** The same as a date. */
  sentDate: number;
  /** From when on the time limit counts; Infinity: not yet. */
  limitFromMs: number;
  /** What it went out on. */
  connection: Connection | undefined;
  /** Parts of its time, where they are known. */
  lookupMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  firstByteMs: number | null;
  echoMs: number | null;
}

/** Options for {@linkcode ProbeBook}. */
export interface ProbeBookOptions {
  /** Milliseconds after which a probe counts as lost. */
  readonly timeoutMs: number;
  /** What is missing then: `echo`, or `connection`. */
  readonly awaited: string;
  /** Whether TCP_INFO goes into the samples. */
  readonly tcpInfo: boolean;
  /** Takes the times of replies. */
  readonly stats: RttStats;
  /** Takes each sample. */
  readonly onSample: (sample: PingSample) => void;
}

/**
 * Keeps book of the probes: which are waited for, which were lost, which came late.
 *
 * ```text
 *            ┌── reply() ─▶ answered: sample "reply"
 *   waiting ─┤
 *            └── lose(), or the time limit ─▶ lost: sample "lost" ── reply() ─▶ answered: sample "late"
 * ```
 */
export class ProbeBook {
  readonly #options: ProbeBookOptions;
  /** In the order in which they were begun. */
  readonly #waiting = new Set<Probe>();
  readonly #outages = new OutageBook();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idle: PromiseWithResolvers<void> | undefined;
  #closed = false;
  #begun = 0;
  #received = 0;
  #lost = 0;
  #late = 0;
  readonly #losses = new KindCounts<PingLoss>();

  /** Makes an empty book. */
  constructor(options: ProbeBookOptions) {
    this.#options = options;
  }

  /** Begins the next probe. Its time limit counts from {@linkcode limit} on. */
  begin(): Probe {
    const probe: Probe = {
      seq: ++this.#begun,
      state: "waiting",
      sentMs: performance.now(),
      sentDate: Date.now(),
      limitFromMs: Infinity,
      connection: undefined,
      lookupMs: null,
      connectMs: null,
      tlsMs: null,
      firstByteMs: null,
      echoMs: null,
    };
    this.#waiting.add(probe);
    return probe;
  }

  /** Counts a probe's time limit from now, unless it counts already. */
  limit(probe: Probe): void {
    if (probe.limitFromMs !== Infinity) return;
    probe.limitFromMs = performance.now();
    this.#timer ??= this.#arm(this.#options.timeoutMs);
  }

  /** Takes note of the answer to a probe, which may be lost by now. */
  reply(probe: Probe, timeMs: number, atMs: number): void {
    if (this.#closed) return;
    const late = probe.state === "lost";
    const rounded = toNanoseconds(timeMs);
    this.#settle(probe, "answered");
    if (late) {
      this.#late++;
    } else {
      this.#received++;
      this.#options.stats.record(rounded);
      this.#outages.reply(atMs);
    }
    this.#tell(probe, { outcome: late ? "late" : "reply", timeMs: rounded });
  }

  /** Takes note that a probe is lost, unless that was known. */
  lose(probe: Probe, loss: PingLoss, message: string, offset: number | null = null): void {
    if (this.#closed || probe.state !== "waiting") return;
    this.#settle(probe, "lost");
    this.#lost++;
    this.#losses.add(loss, message);
    this.#outages.lost(probe.sentMs, probe.sentDate);
    this.#tell(probe, { outcome: "lost", loss, message, offset });
  }

  /** Resolves as soon as no probe is waited for. */
  untilIdle(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return (this.#idle ??= Promise.withResolvers()).promise;
  }

  /** Ends the book: the probes that are waited for count neither as answered nor as lost. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#idle?.resolve();
  }

  /** The counts, as in the result. */
  counts() {
    const transmitted = this.#received + this.#lost;
    return {
      transmitted,
      received: this.#received,
      late: this.#late,
      loss: transmitted === 0 ? 0 : this.#lost / transmitted,
      losses: this.#losses.list(),
      outages: this.#outages.outages.map(({ startMs, startDate, endMs, lost }) => ({
        startedAt: new Date(startDate).toISOString(),
        durationMs: endMs === null ? null : toNanoseconds(endMs - startMs),
        lost,
      })),
    };
  }

  #settle(probe: Probe, state: Probe["state"]): void {
    probe.state = state;
    this.#waiting.delete(probe);
    if (this.#waiting.size > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #tell(probe: Probe, facts: Pick<PingSample, "outcome"> & Partial<PingSample>): void {
    const { seq, sentDate, connection, lookupMs, connectMs, tlsMs, firstByteMs, echoMs } = probe;
    this.#options.onSample({
      seq,
      outcome: facts.outcome,
      sentAt: new Date(sentDate).toISOString(),
      address: connection?.remoteAddr.hostname ?? null,
      timeMs: facts.timeMs ?? null,
      phases: {
        lookupMs: toNanoseconds(lookupMs),
        connectMs: toNanoseconds(connectMs),
        tlsMs: toNanoseconds(tlsMs),
        firstByteMs: toNanoseconds(firstByteMs),
        echoMs: toNanoseconds(echoMs),
      },
      loss: facts.loss ?? null,
      message: facts.message ?? null,
      offset: facts.offset ?? null,
      tcpInfo: this.#options.tcpInfo && connection ? tryTcpInfo(connection) ?? null : null,
    });
  }

  /** One timer for all, which finds out when it fires whose time is over: setting one for each would cost more. */
  #arm(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(this.#onTimer, Math.min(ms, LONGEST_TIMER));
  }

  #onTimer = (): void => {
    this.#timer = undefined;
    const { timeoutMs, awaited } = this.#options;
    for (const probe of this.#waiting) {
      if (probe.limitFromMs === Infinity) continue;
      const left = timeLeft(timeoutMs, performance.now() - probe.limitFromMs);
      if (left > 0) {
        this.#timer = this.#arm(left);
        return;
      }
      this.lose(probe, "timeout", `no ${awaited} within ${formatDuration(timeoutMs)}`);
    }
  };
}

/** Rounds: a difference of two times has digits that no clock has seen. */
export function toNanoseconds(ms: number): number;
/** The same for one that may not be known. */
export function toNanoseconds(ms: number | null): number | null;
export function toNanoseconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1e6) / 1e6;
}
