import type { BenchResult } from "./bench_result.ts";
import { RESULT_SCHEMA } from "./bench_result.ts";
import { comparisonNotes } from "./comparison_notes.ts";
import { type PercentileName, PERCENTILES } from "./distribution.ts";
import type { GateVerdict } from "./gate.ts";
import { medianOf } from "./median_of.ts";

/** What a compared figure is in. */
export type ComparedUnit = "requests/s" | "bytes/s" | "count" | "ms";

/** A figure over the runs of one side. */
export interface ComparedSide {
  /** The median of the runs that have the figure; null if none has. */
  readonly median: number | null;
  /** The smallest. */
  readonly min: number | null;
  /** The largest. */
  readonly max: number | null;
  /** Runs that have the figure. */
  readonly runs: number;
}

/** One figure before and after. */
export interface ComparedMetric {
  /** Its name, as gates have it: `rate`, `p99`. */
  readonly metric: string;
  /** Its unit. */
  readonly unit: ComparedUnit;
  /** Which way is better. */
  readonly better: "lower" | "higher";
  /** Before. */
  readonly before: ComparedSide;
  /** After. */
  readonly after: ComparedSide;
  /** From the median before to the median after, in percent of the former; null where one is missing, or 0 became more. */
  readonly changePercent: number | null;
  /**
   * Whether the ranges from min to max of both sides meet: then the difference may be chance. Null where it cannot be told,
   * because neither side has two runs with the figure, or one has none.
   */
  readonly withinSpread: boolean | null;
}

/** The comparison of benches: one object, of plain data, as `sounder compare --json` prints it. */
export interface Comparison {
  /** The number of the schema of results. */
  readonly schema: typeof RESULT_SCHEMA;
  /** What made it. */
  readonly command: "compare";
  /** Runs before. */
  readonly runsBefore: number;
  /** Runs after. */
  readonly runsAfter: number;
  /** The figures; of results without latencies, as those of streams, the latencies are left out. */
  readonly rows: readonly ComparedMetric[];
  /** Why the sides may not be comparable: options or environments that differ, runs that are not whole. */
  readonly notes: readonly string[];
  /** What became of the gates. */
  readonly gates: readonly GateVerdict[];
}

type Figure = Pick<ComparedMetric, "metric" | "unit" | "better"> & { read(result: BenchResult): number | null };

const FIGURES: readonly Figure[] = [
  { metric: "rate", unit: "requests/s", better: "higher", read: ({ rates }) => rates.requestsPerSecond },
  { metric: "sent", unit: "bytes/s", better: "higher", read: ({ rates }) => rates.sentBytesPerSecond },
  { metric: "received", unit: "bytes/s", better: "higher", read: ({ rates }) => rates.receivedBytesPerSecond },
  { metric: "errors", unit: "count", better: "lower", read: ({ totals }) => totals.errors },
  latency("min", ({ minMs }) => minMs),
  latency("mean", ({ meanMs }) => meanMs),
  latency("stddev", ({ stddevMs }) => stddevMs),
  ...PERCENTILES.map((p) => latency(`p${p}`, ({ percentilesMs }) => percentilesMs[`p${p}` as PercentileName])),
  latency("max", ({ maxMs }) => maxMs),
];

function latency(metric: string, read: (latency: BenchResult["latency"]) => number | null): Figure {
  return { metric, unit: "ms", better: "lower", read: (result) => read(result.latency) };
}

/** The names of the figures that are compared, in the order of the rows. */
export const COMPARED_METRICS: readonly string[] = FIGURES.map(({ metric }) => metric);

/**
 * Compares the results of several runs before a change with those of several after it. A run that measured nothing (its
 * `error` is set) has no figures. `gates` is empty: `judgeGates()` fills it.
 *
 * @throws {RangeError} if a side has no result.
 */
export function compareResults(before: readonly BenchResult[], after: readonly BenchResult[]): Comparison {
  if (before.length === 0 || after.length === 0) {
    throw new RangeError(`cannot compare ${before.length} results with ${after.length}: each side needs one at least`);
  }
  const rows = FIGURES.map((figure) => compareFigure(figure, before, after));
  return {
    schema: RESULT_SCHEMA,
    command: "compare",
    runsBefore: before.length,
    runsAfter: after.length,
    rows: rows.filter(({ before, after, unit }) => unit !== "ms" || before.runs + after.runs > 0),
    notes: comparisonNotes(before, after),
    gates: [],
  };
}

function compareFigure(figure: Figure, before: readonly BenchResult[], after: readonly BenchResult[]): ComparedMetric {
  const { metric, unit, better } = figure;
  const [left, right] = [sideOf(figure, before), sideOf(figure, after)];
  return {
    metric,
    unit,
    better,
    before: left,
    after: right,
    changePercent: changePercent(left.median, right.median),
    withinSpread: withinSpread(left, right),
  };
}

function sideOf({ read }: Figure, results: readonly BenchResult[]): ComparedSide {
  const values = results.map((result) => result.error === null ? read(result) : null).filter((value) => value !== null);
  if (values.length === 0) return { median: null, min: null, max: null, runs: 0 };
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values), runs: values.length };
}

function changePercent(before: number | null, after: number | null): number | null {
  if (before === null || after === null) return null;
  if (before === 0) return after === 0 ? 0 : null;
  return 100 * (after - before) / before;
}

function withinSpread(before: ComparedSide, after: ComparedSide): boolean | null {
  if (before.runs === 0 || after.runs === 0 || before.runs + after.runs < 3) return null;
  return before.min! <= after.max! && after.min! <= before.max!;
}
