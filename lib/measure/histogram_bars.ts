import { type HdrCounts, HIGHEST_US } from "./hdr.ts";
import type { HistogramBar } from "./histogram.ts";

/** What {@linkcode histogramBars} draws. */
export interface HistogramBarsOptions {
  /** Most bars. */
  readonly bars: number;
  /** The shortest sample. */
  readonly fromMs: number;
  /** Where the tail begins. */
  readonly tailMs: number;
  /** The longest sample. */
  readonly toMs: number;
}

/**
 * Bars of equal width, the last of which takes the tail: without that, one slow sample would push all others into the
 * first. There must be a sample.
 */
export function histogramBars(counts: HdrCounts, options: HistogramBarsOptions): HistogramBar[] {
  const { fromMs, toMs } = options;
  const edges = barEdges(counts, options);
  const bars = edges.map((edge, index) => ({ fromMs: edge, toMs: edges[index + 1] ?? toMs, count: 0 }));
  let bar = 0;
  for (let index = 0; index < counts.countsArrayLength; index++) {
    const count = counts.getCountAtIndex(index);
    if (count === 0) continue;
    const us = counts.valueFromIndex(index);
    const middleMs = (us + counts.highestEquivalentValue(us)) / 2000;
    const ms = Math.min(Math.max(middleMs, fromMs), toMs);
    while (bar < bars.length - 1 && ms >= bars[bar].toMs) bar++;
    bars[bar].count += count;
  }
  return bars;
}

/** Where the bars begin. */
function barEdges(counts: HdrCounts, { bars, fromMs, tailMs, toMs }: HistogramBarsOptions): number[] {
  const us = counts.valueFromIndex(counts.countsArrayIndex(Math.min(Math.round(tailMs * 1000), HIGHEST_US)));
  // Bars narrower than what the counts tell apart would be empty every now and then.
  const narrowest = (counts.highestEquivalentValue(us) - us + 1) / 1000;
  const beforeTail = Math.max((tailMs - fromMs) / (bars - 1), narrowest);
  // A tail of no more than two bars' width needs no bar of its own.
  const hasTail = bars > 1 && toMs - tailMs > 2 * beforeTail;
  const width = hasTail ? beforeTail : Math.max((toMs - fromMs) / bars, narrowest);
  const end = hasTail ? tailMs : toMs;
  const edges = [fromMs];
  for (let bar = 1; bar < bars && fromMs + bar * width < end; bar++) edges.push(fromMs + bar * width);
  // Where all but the tail are one value, the tail begins beyond it.
  if (hasTail && edges.length < bars) edges.push(Math.max(tailMs, edges.at(-1)! + narrowest));
  return edges;
}
