import type { Distribution } from "../measure/distribution.ts";
import { type HistogramBar, histogramOf } from "../measure/histogram.ts";
import { alignRows, type Line, type Style } from "./bench_lines.ts";
import { countText, timeText } from "./bench_units.ts";

const BARS = 11;
const MOST_COLUMNS = 50;
const INDENT = "  ";

/**
 * A histogram for a terminal: a bar for each span of time, as long as its share of the fullest one. What has a sample has a
 * mark, however short. The last bar holds the slowest hundredth where that is spread wide, and is then labelled so.
 *
 * @param width Columns that no line exceeds.
 */
export async function histogramLines(distribution: Distribution, width: number): Promise<Line[]> {
  const bars = (await histogramOf(distribution)).buckets(BARS);
  if (bars.length === 0) return [];
  const labels = alignRows(
    bars.map(({ fromMs, toMs, count }) => [timeText(fromMs), "to", timeText(toMs), countText(count)]),
    [],
  );
  const room = Math.max(1, Math.min(MOST_COLUMNS, width - INDENT.length - labels[0].length - 2));
  const fullest = Math.max(...bars.map(({ count }) => count));
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  const lines = bars.map(({ count }, at): Line => {
    // By where its first sample stands: the bar in which the 99th percentile lies is not yet the tail.
    const style = styleOf(seen / total);
    seen += count;
    return [`${INDENT}${labels[at]}  `, [style, "■".repeat(barLength(count, fullest, room))]];
  });
  return [[["heading", "Latency histogram:"]], ...lines, ...tailNote(bars)];
}

function barLength(count: number, fullest: number, room: number): number {
  return count === 0 ? 0 : Math.max(1, Math.round(count / fullest * room));
}

function styleOf(before: number): Style {
  return before < 0.9 ? "good" : before < 0.99 ? "warning" : "bad";
}

/** Says so where the last bar stands for a longer time than the others. */
function tailNote(bars: readonly HistogramBar[]): Line[] {
  const width = ({ fromMs, toMs }: HistogramBar) => toMs - fromMs;
  const last = bars[bars.length - 1];
  if (bars.length < 2 || width(last) < 1.5 * width(bars[0])) return [];
  return [[["dim", `${INDENT}the last bar is wider: from the 99th percentile to the longest`]]];
}
