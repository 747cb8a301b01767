import type { BenchInterval, BenchResult } from "../measure/bench_result.ts";
import type { Distribution } from "../measure/distribution.ts";
import { type CurvePoint, histogramOf } from "../measure/histogram.ts";

/** One line of a chart. */
export interface ChartSeries {
  /** Its name. */
  readonly label: string;
  /** The name of its colour in the style sheet: `--chart-…`. */
  readonly color: "first" | "second" | "third" | "bad";
  /** Its values: as many as the chart's `x`; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** A chart, as plain data for the page's script. */
export interface Chart {
  /** The element that it is drawn in. */
  readonly id: string;
  /** What it shows. */
  readonly title: string;
  /** What it shows, for those who do not see it, and where the figures are. */
  readonly description: string;
  /** What must be known to read it; empty if nothing. */
  readonly note: string;
  /** What x is: how many samples there are to one that lies beyond (1 / (1 - percentile)), or seconds. */
  readonly xUnit: "beyond" | "seconds";
  /** What y is: milliseconds on a logarithmic axis, or a number or bytes per second from 0 up. */
  readonly yUnit: "ms" | "perSecond" | "bytesPerSecond";
  /** Positions, rising. */
  readonly x: readonly number[];
  /** The lines. */
  readonly series: readonly ChartSeries[];
}

/** The charts that a result has figures for; none without a measurement. */
export async function chartsOf(result: BenchResult): Promise<Chart[]> {
  const charts = [await percentileChart(result), throughputChart(result), latencyChart(result)];
  return charts.filter((chart) => chart !== undefined);
}

async function percentileChart({ latency, serviceTime }: BenchResult): Promise<Chart | undefined> {
  if (latency.count === 0) return undefined;
  const curve = await curveOf(latency);
  const raw = serviceTime && serviceTime.count > 0 ? await curveOf(serviceTime) : undefined;
  const x = [...new Set([...curve, ...raw ?? []].map(([beyond]) => beyond))].sort((a, b) => a - b);
  const series: ChartSeries[] = [{
    label: raw ? "latency (corrected)" : "latency",
    color: "first",
    values: at(curve, x),
  }];
  if (raw) series.push({ label: "service time", color: "second", values: at(raw, x) });
  return {
    id: "percentiles",
    title: "Latency by percentile",
    description: "Latency by percentile, both axes logarithmic. The table of latencies has the figures.",
    note: "At least 10 samples lie beyond each point but the last, which is the longest sample.",
    xUnit: "beyond",
    yUnit: "ms",
    x,
    series,
  };
}

/** Points of a curve by how many samples there are to one beyond: the longest of all lies one in `count` out. */
async function curveOf(distribution: Distribution): Promise<[number, number][]> {
  const points = (await histogramOf(distribution)).curve();
  const last = Math.max(distribution.count, 2);
  return points.map(({ percentile, ms }: CurvePoint) => [percentile === 100 ? last : 100 / (100 - percentile), ms]);
}

/** A curve's values at other positions: that of the next point, which is what "so many took this long or less" means. */
function at(curve: readonly [number, number][], x: readonly number[]): (number | null)[] {
  let point = 0;
  return x.map((position) => {
    while (point < curve.length && curve[point][0] < position) point++;
    return curve[point]?.[1] ?? null;
  });
}

function throughputChart(result: BenchResult): Chart | undefined {
  const { series, options, totals } = result;
  const stream = options.mode === "stream";
  const per = (pick: (one: BenchInterval) => number) => (one: BenchInterval) =>
    one.lengthMs > 0 ? pick(one) * 1000 / one.lengthMs : null;
  const lines: ChartSeries[] = [];
  if (!stream) lines.push(line("requests/s", "first", series, per(({ requests }) => requests)));
  if (stream && options.direction !== "down") lines.push(line("sent/s", "first", series, per((one) => one.bytesSent)));
  if (stream && options.direction !== "up") {
    lines.push(line("received/s", "second", series, per((one) => one.bytesReceived)));
  }
  if (!stream && totals.errors > 0) lines.push(line("errors/s", "bad", series, per(({ errors }) => errors)));
  return overTime(series, lines, {
    id: "throughput",
    title: stream ? "Bytes per second" : "Requests per second",
    note: "",
    yUnit: stream ? "bytesPerSecond" : "perSecond",
  });
}

function latencyChart({ series, merged }: BenchResult): Chart | undefined {
  const lines = [
    line("p50", "first", series, ({ p50Ms }) => p50Ms),
    line("p99", "second", series, ({ p99Ms }) => p99Ms),
    line("max", "third", series, ({ maxMs }) => maxMs),
  ];
  const note = merged > 1 ? "The percentiles of a second cannot be merged; its longest can." : "";
  return overTime(series, lines, { id: "latency", title: "Latency over time", note, yUnit: "ms" });
}

function line(
  label: string,
  color: ChartSeries["color"],
  series: readonly BenchInterval[],
  pick: (one: BenchInterval) => number | null,
): ChartSeries {
  const values = series.map(pick);
  // Drawn in steps: the last value holds to the end of its interval, where there is one more position.
  return { label, color, values: [...values, values.at(-1) ?? null] };
}

/** A chart over the seconds of the run, without the lines that have no value at all. */
function overTime(
  series: readonly BenchInterval[],
  lines: readonly ChartSeries[],
  rest: Pick<Chart, "id" | "title" | "note" | "yUnit">,
): Chart | undefined {
  const shown = lines.filter(({ values }) => values.some((value) => value !== null));
  const last = series.at(-1);
  if (last === undefined || shown.length === 0) return undefined;
  const x = [...series.map(({ startMs }) => startMs / 1000), (last.startMs + last.lengthMs) / 1000];
  const description = `${rest.title}: ${
    shown.map(({ label }) => label).join(", ")
  }. The table of seconds has the figures.`;
  return { ...rest, description, xUnit: "seconds", x, series: shown };
}
