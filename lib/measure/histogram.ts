import { type Distribution, type PercentileName, PERCENTILES } from "./distribution.ts";
import { histogramBars } from "./histogram_bars.ts";
import { type Hdr, type HdrCounts, HIGHEST_US, loadHdr } from "./hdr.ts";
import { isTold, percentileRank } from "./percentile_rank.ts";
import { percentileSteps } from "./percentile_steps.ts";
import { createRunningStats, type RunningStats, type StatsSummary } from "./running_stats.ts";

/** One point of a chart of latency by percentile. */
export interface CurvePoint {
  /** From 0 to 100. */
  readonly percentile: number;
  /** So many percent of the samples took this long or less. */
  readonly ms: number;
}

/** One bar of a histogram. */
export interface HistogramBar {
  /** Where it begins: with the first, the shortest sample. */
  readonly fromMs: number;
  /** Where it ends: with the last, the longest sample. */
  readonly toMs: number;
  /** Samples in it. */
  readonly count: number;
}

/**
 * How a duration was distributed. Durations are counted in microseconds, from 1 µs to 1 hour, to 3 significant digits;
 * count, minimum, mean, standard deviation and maximum are exact.
 *
 * A duration below 1 µs counts as 1 µs, and one above an hour as an hour, in the percentiles, which never pass the exact
 * minimum and maximum.
 */
export interface Histogram {
  /** Samples. */
  readonly count: number;
  /** The shortest, in milliseconds; null without a sample. */
  readonly minMs: number | null;
  /** The mean; null without a sample. */
  readonly meanMs: number | null;
  /** The population standard deviation; null without a sample. */
  readonly stddevMs: number | null;
  /** The longest; null without a sample. */
  readonly maxMs: number | null;
  /**
   * Takes a sample, in milliseconds. Hot path: it makes no object.
   *
   * @throws {RangeError} if it is negative or not finite.
   */
  record(ms: number): void;
  /**
   * The time within which so many percent of the samples lie (nearest rank); null without a sample. It is told however few
   * samples there are: {@linkcode distribution} withholds those that are chance.
   *
   * @throws {RangeError} if the percentile is not from 0 to 100.
   */
  percentileMs(percentile: number): number | null;
  /**
   * Takes all samples of another.
   *
   * @throws {TypeError} if that was not made by {@linkcode createHistogram} or {@linkcode histogramOf}.
   */
  add(other: Histogram): void;
  /** Forgets every sample. */
  reset(): void;
  /** As plain data: {@linkcode histogramOf} reads it back. */
  distribution(): Distribution;
  /**
   * Latency by percentile, for a chart whose axis is logarithmic in what lies beyond: from the shortest sample to the last
   * percentile with 10 samples beyond it, then the longest. Empty without a sample.
   */
  curve(): CurvePoint[];
  /**
   * At most so many bars: of equal width from the shortest sample to the 99th percentile, and all that took longer in the
   * last. Of equal width up to the longest sample where it is not far from there. Empty without a sample.
   *
   * @throws {RangeError} if the number is not a whole one from 1 up.
   */
  buckets(bars: number): HistogramBar[];
}

/**
 * Makes a histogram without a sample.
 *
 * @example
 * ```ts
 * import { createHistogram } from "@sounder/tcp/measure";
 *
 * const histogram = await createHistogram();
 * for (const ms of [1, 2, 4]) histogram.record(ms);
 * console.log(histogram.minMs, histogram.percentileMs(50), histogram.maxMs); // 1 2 4
 * ```
 */
export async function createHistogram(): Promise<Histogram> {
  return new CountedHistogram(await loadHdr());
}

/**
 * The histogram that a distribution was taken from: its exact figures to the last bit, and its counts.
 *
 * @throws {RangeError} if the distribution holds no histogram, or one of another number of samples.
 */
export async function histogramOf(distribution: Distribution): Promise<Histogram> {
  const { count, minMs: min, meanMs: mean, stddevMs: stddev, maxMs: max } = distribution;
  const hdr = await loadHdr();
  const counts = hdr.decode(distribution.histogram);
  if (counts.totalCount !== count) {
    throw new RangeError(`cannot read the histogram: it has ${counts.totalCount} samples and should have ${count}`);
  }
  const stats = createRunningStats();
  stats.add({ count, min, mean, stddev, max });
  if (stats.count !== count) {
    throw new RangeError(`cannot read the histogram: of its ${count} samples min, mean, stddev and max must be given`);
  }
  return new CountedHistogram(hdr, counts, stats);
}

class CountedHistogram implements Histogram {
  readonly #hdr: Hdr;
  readonly #counts: HdrCounts;
  readonly #stats: RunningStats;

  constructor(hdr: Hdr, counts: HdrCounts = hdr.empty(), stats: RunningStats = createRunningStats()) {
    this.#hdr = hdr;
    this.#counts = counts;
    this.#stats = stats;
  }

  get count(): number {
    return this.#stats.count;
  }

  get minMs(): number | null {
    return this.#stats.summary().min;
  }

  get meanMs(): number | null {
    return this.#stats.summary().mean;
  }

  get stddevMs(): number | null {
    return this.#stats.summary().stddev;
  }

  get maxMs(): number | null {
    return this.#stats.summary().max;
  }

  record(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) {
      throw new RangeError(`cannot record a duration: ${ms}, it must be finite and not negative`);
    }
    const us = Math.round(ms * 1000);
    this.#counts.recordValue(us < 1 ? 1 : us > HIGHEST_US ? HIGHEST_US : us);
    this.#stats.record(ms);
  }

  percentileMs(percentile: number): number | null {
    if (!(percentile >= 0 && percentile <= 100)) {
      throw new RangeError(`bad percentile ${percentile}: it must be from 0 to 100`);
    }
    return this.count === 0 ? null : this.#curveAt([percentile])[0].ms;
  }

  add(other: Histogram): void {
    if (!(other instanceof CountedHistogram)) {
      throw new TypeError("cannot add a histogram: it was made by neither createHistogram() nor histogramOf()");
    }
    const stats = other.#stats.summary(); // before its counts: a histogram may be added to itself
    this.#hdr.add(this.#counts, other.#counts);
    this.#stats.add(stats);
  }

  reset(): void {
    this.#counts.reset();
    this.#stats.reset();
  }

  distribution(): Distribution {
    const { count, min, mean, stddev, max } = this.#stats.summary();
    const percentilesMs = Object.fromEntries(PERCENTILES.map((percentile) => [`p${percentile}`, null])) as Record<
      PercentileName,
      number | null
    >;
    for (const { percentile, ms } of this.#curveAt(PERCENTILES.filter((p) => isTold(p, count)))) {
      percentilesMs[`p${percentile}` as PercentileName] = ms;
    }
    const histogram = this.#hdr.encode(this.#counts);
    return { count, minMs: min, meanMs: mean, stddevMs: stddev, maxMs: max, percentilesMs, histogram };
  }

  curve(): CurvePoint[] {
    return this.count === 0 ? [] : this.#curveAt([...percentileSteps(this.count), 100]);
  }

  buckets(bars: number): HistogramBar[] {
    if (!(Number.isInteger(bars) && bars >= 1)) {
      throw new RangeError(`bad number of bars ${bars}: it must be a whole number from 1 up`);
    }
    const { min, max } = this.#stats.summary();
    if (min === null || max === null) return [];
    const p99 = this.percentileMs(99)!;
    return histogramBars(this.#counts, { bars, fromMs: min, tailMs: p99, toMs: max });
  }

  /** The points of percentiles that rise, in one walk over the counts. There must be a sample. */
  #curveAt(percentiles: readonly number[]): CurvePoint[] {
    const counts = this.#counts, { min, max } = this.#stats.summary() as StatsSummary & { min: number; max: number };
    let index = -1, reached = 0;
    return percentiles.map((percentile) => {
      const rank = percentileRank(percentile, this.count);
      while (reached < rank) reached += counts.getCountAtIndex(++index);
      // The end of the bucket, as HdrHistogram has it: "so many took this long or less" is true of it.
      const us = counts.highestEquivalentValue(counts.valueFromIndex(index));
      return { percentile, ms: percentile === 0 ? min : Math.min(Math.max(us / 1000, min), max) };
    });
  }
}
