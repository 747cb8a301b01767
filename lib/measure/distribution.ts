/** The percentiles that results have. */
export const PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99, 99.999] as const;

/** The name of a percentile in a result: `p50`, `p99.9`. */
export type PercentileName = `p${(typeof PERCENTILES)[number]}`;

/**
 * How a duration was distributed, as plain data. It can be merged with others, since it has the whole histogram.
 *
 * Minimum, mean, standard deviation and maximum are exact; percentiles have the 3 significant digits of the histogram.
 */
export interface Distribution {
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
  /** Percentiles; null where fewer than 10 samples lie beyond: such a figure would be chance. */
  readonly percentilesMs: Readonly<Record<PercentileName, number | null>>;
  /** The histogram in microseconds: HdrHistogram V2, compressed, in base64. */
  readonly histogram: string;
}
