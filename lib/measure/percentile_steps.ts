import { PERCENTILES } from "./distribution.ts";
import { isTold } from "./percentile_rank.ts";

/** Points from one halving of what lies beyond to the next: 1 - 2^(-1/8) of it, too close to see the corners of a line. */
const STEPS_PER_HALVING = 8;

/**
 * The percentiles of a chart whose axis is logarithmic in what lies beyond: 0, and on in equal steps of that axis to the
 * last that so many samples tell; the usual ones (50, 75, 90 …) are among them. Rising.
 */
export function percentileSteps(count: number): number[] {
  const steps = new Set<number>([0]);
  for (const percentile of PERCENTILES) if (isTold(percentile, count)) steps.add(percentile);
  // Ends: what lies beyond is halved until fewer than 10 samples do.
  for (let step = 1;; step++) {
    const percentile = Math.round((100 - 100 * 2 ** (-step / STEPS_PER_HALVING)) * 1e9) / 1e9;
    if (!isTold(percentile, count)) break;
    steps.add(percentile);
  }
  return [...steps].sort((a, b) => a - b);
}
