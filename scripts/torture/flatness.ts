import { medianOf } from "../../lib/measure/median_of.ts";

/** How far the end of a series lies from its beginning. */
export interface Flatness {
  /** The median of its first third, after the warm-up. */
  readonly first: number;
  /** The median of its last third. */
  readonly last: number;
  /** Whether the last is at most the first plus what is tolerated. */
  readonly flat: boolean;
}

/** Part of a series that is warm-up: the compiler, caches and pools of a program take what they need then. */
const WARM_UP = 0.4;

/**
 * Whether a series, such as the memory of a process under a steady load, has not grown: the median of the last third is
 * held against that of the first third after the warm-up. Medians, because a garbage collector makes a saw of it.
 *
 * @param values At least 8.
 * @param tolerance What the last may be above the first.
 */
export function judgeFlat(values: readonly number[], tolerance: number): Flatness {
  if (values.length < 8) throw new RangeError(`cannot judge ${values.length} values: at least 8 are needed`);
  const warm = values.slice(Math.floor(values.length * WARM_UP));
  const third = Math.floor(warm.length / 3);
  const [first, last] = [medianOf(warm.slice(0, third))!, medianOf(warm.slice(-third))!];
  return { first, last, flat: last <= first + tolerance };
}

/**
 * Bytes that a process may have grown by while its heap still grows: V8 leaves what is dead where it lies until the
 * first full collection, which comes after some 40,000 connections; by then the process has grown from 55 to 120 MiB.
 */
export const GROWING = 64 * 2 ** 20;

/**
 * Bytes that it may have grown by once its heap has found its size, which comes and goes by 40 MiB between two full
 * collections (between 125 and 166 MiB over 300,000 connections, without a trend). In two minutes of mixed traffic a
 * leak of 1 KiB for each connection is more than that.
 */
export const SETTLED = 40 * 2 ** 20;
