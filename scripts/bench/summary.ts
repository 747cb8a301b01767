import { medianOf } from "../../lib/measure/median_of.ts";

/** What several rounds told of one figure. */
export interface Spread {
  /** The median. */
  readonly median: number;
  /** The least. */
  readonly min: number;
  /** The most. */
  readonly max: number;
}

/** Median and extremes of the rounds that have the figure; null if none has. */
export function spreadOf(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  const median = medianOf(known);
  return median === null ? null : { median, min: Math.min(...known), max: Math.max(...known) };
}

/**
 * The ratios of two servers' figures, each within one round: what the machine did besides fell on both. Their median and
 * extremes; null without a round that has both.
 */
export function ratioOf(values: readonly (number | null)[], base: readonly (number | null)[]): Spread | null {
  return spreadOf(values.map((value, round) => {
    const other = base[round] ?? null;
    return value === null || other === null || other === 0 ? null : value / other;
  }));
}

/** The geometric mean; null if one is missing: over other points it would be another figure. */
export function geometricMean(values: readonly (number | null)[]): number | null {
  if (values.length === 0 || values.some((value) => value === null || value <= 0)) return null;
  return Math.exp(values.reduce<number>((sum, value) => sum + Math.log(value!), 0) / values.length);
}

/** A list that begins elsewhere in each round, so that no server always comes first. */
export function rotated<T>(list: readonly T[], round: number): T[] {
  const start = list.length === 0 ? 0 : round % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
