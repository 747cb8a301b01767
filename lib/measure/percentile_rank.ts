/** Samples that must lie beyond a percentile: with fewer, the figure is chance. */
export const SAMPLES_BEYOND = 10;

/** Percentiles are told apart to 9 decimals. */
const DECIMALS = 1e9;

/**
 * How many samples, counted from the shortest, it takes to reach a percentile: the nearest rank, at least 1.
 *
 * Exact, where floating point is not: 99.9 % of 1000 samples are 999, though `99.9 / 100 * 1000` is more.
 *
 * @param percentile From 0 to 100.
 */
export function percentileRank(percentile: number, count: number): number {
  const whole = BigInt(Math.round(100 * DECIMALS));
  const rank = (BigInt(Math.round(percentile * DECIMALS)) * BigInt(count) + whole - 1n) / whole;
  return Math.max(1, Number(rank));
}

/**
 * Whether so many samples tell a percentile: at least {@linkcode SAMPLES_BEYOND} of them lie beyond it. The median needs
 * 20, the 99th percentile 1000, the 99.999th a million.
 */
export function isTold(percentile: number, count: number): boolean {
  return count - percentileRank(percentile, count) >= SAMPLES_BEYOND;
}
