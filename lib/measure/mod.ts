/**
 * Measuring a TCP server: {@linkcode ping} times echoes one by one, {@linkcode bench} many under load, and their results can
 * be judged, compared, merged, read back, and put into words or a page with charts.
 *
 * @example How long does an echo take?
 * ```ts
 * import { serve } from "@sounder/tcp";
 * import { ping } from "@sounder/tcp/measure";
 *
 * await using server = serve({ port: 0 }); // or one that runs already
 * const { rtt } = await ping({ ...server.addr, count: 5, interval: 50 }).result();
 * console.log(rtt?.medianMs); // such as: 0.12
 * ```
 *
 * @module
 */
export { type Bench, bench } from "./bench.ts";
export type { BenchOptions } from "./bench_options.ts";
export {
  BENCH_ERROR_KINDS,
  type BenchAsked,
  type BenchErrorCount,
  type BenchErrorKind,
  type BenchInterval,
  type BenchMode,
  type BenchResult,
  type Environment,
  RESULT_SCHEMA,
  type ScheduleReport,
  type StreamDirection,
} from "./bench_result.ts";
export {
  type ComparedMetric,
  type ComparedSide,
  type ComparedUnit,
  compareResults,
  type Comparison,
} from "./compare_results.ts";
export { type Distribution, type PercentileName, PERCENTILES } from "./distribution.ts";
export {
  type Gate,
  type GateKind,
  type GateOperator,
  gateText,
  type GateUnit,
  type GateVerdict,
  judgeGate,
  judgeGates,
  parseGate,
} from "./gate.ts";
export { createHistogram, type CurvePoint, type Histogram, type HistogramBar, histogramOf } from "./histogram.ts";
export { mergeResults } from "./merge_results.ts";
export { createPacer, type Pacer, type PacerOptions } from "./pacer.ts";
export { type Ping, ping, type PingOptions } from "./ping.ts";
export type {
  PingLoss,
  PingLossCount,
  PingOutage,
  PingPhases,
  PingResult,
  PingSample,
  PingTimes,
} from "./ping_result.ts";
export { readResult } from "./read_result.ts";
export type { TlsFacts } from "./tls_facts.ts";
export { benchText, type BenchTextOptions } from "../report/bench_text.ts";
export { compareText, type CompareTextOptions } from "../report/compare_text.ts";
export { htmlReport } from "../report/html_report.ts";
export { pingLine, type PingLineOptions, pingSummary } from "../report/ping_text.ts";
