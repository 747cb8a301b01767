import type { Distribution } from "./distribution.ts";
import { createHistogram, type Histogram } from "./histogram.ts";
import { medianOf } from "./median_of.ts";
import { isTold } from "./percentile_rank.ts";
import type { PingTimes } from "./ping_result.ts";
import { createRunningStats } from "./running_stats.ts";

/** The figures of a ping's round-trip times, or of its TLS handshakes. */
export interface RttStats {
  /** Takes a time, in milliseconds. */
  record(ms: number): void;
  /** The summary, as in a `PingResult`; null without a time. */
  rtt(): PingTimes | null;
  /** The distribution, as in a `PingResult`. */
  distribution(): Distribution;
}

/** Times that are kept for the exact median: 8 MB, ten days of a ping every second. */
const KEPT = 1_000_000;

/**
 * Makes the figures of a ping without a reply yet: minimum, mean, maximum, deviation (Linux ping's mdev) and jitter are
 * exact; so is the median of up to a million times. Of more it is the histogram's, to 3 significant digits.
 */
export async function createRttStats(): Promise<RttStats> {
  return new CountedRtt(await createHistogram());
}

class CountedRtt implements RttStats {
  readonly #histogram: Histogram;
  readonly #times: number[] = [];
  /** The differences from one time to the next. */
  readonly #steps = createRunningStats();
  #last: number | null = null;

  constructor(histogram: Histogram) {
    this.#histogram = histogram;
  }

  record(ms: number): void {
    this.#histogram.record(ms);
    if (this.#times.length < KEPT) this.#times.push(ms);
    if (this.#last !== null) this.#steps.record(Math.abs(ms - this.#last));
    this.#last = ms;
  }

  rtt(): PingTimes | null {
    const { count, minMs, meanMs, maxMs, stddevMs } = this.#histogram;
    if (minMs === null || meanMs === null || maxMs === null || stddevMs === null) return null;
    const exact = count <= KEPT ? medianOf(this.#times) : null;
    return {
      minMs,
      avgMs: meanMs,
      maxMs,
      mdevMs: stddevMs,
      medianMs: exact ?? this.#histogram.percentileMs(50)!,
      p90Ms: isTold(90, count) ? this.#histogram.percentileMs(90) : null,
      p99Ms: isTold(99, count) ? this.#histogram.percentileMs(99) : null,
      jitterMs: this.#steps.summary().mean,
    };
  }

  distribution(): Distribution {
    return this.#histogram.distribution();
  }
}
