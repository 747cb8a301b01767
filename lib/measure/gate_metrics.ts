import { quote, shorten } from "../core/quote.ts";
import type { BenchResult } from "./bench_result.ts";
import { COMPARED_METRICS, type Comparison } from "./compare_results.ts";
import { type Distribution, type PercentileName, PERCENTILES } from "./distribution.ts";
import { histogramOf } from "./histogram.ts";
import { isTold } from "./percentile_rank.ts";
import type { PingResult } from "./ping_result.ts";

/** What a gate judges. */
export type GateKind = "bench" | "ping" | "compare";

/** What a gate's value is in. */
export type GateUnit = "ms" | "count" | "requests/s" | "bytes/s" | "%";

/** A figure that a gate may be about. */
export interface GateMetric {
  /** Its unit. */
  readonly unit: GateUnit;
  /** The figure; null where there is none. The result is of the metric's kind. */
  read(result: BenchResult | PingResult | Comparison): number | null | Promise<number | null>;
}

function metric<R>(unit: GateUnit, read: (result: R) => number | null | Promise<number | null>): GateMetric {
  return { unit, read: (result) => read(result as R) };
}

const bench = metric<BenchResult>;
const ping = metric<PingResult>;

const NAMED: Record<GateKind, Record<string, GateMetric>> = {
  bench: {
    min: bench("ms", ({ latency }) => latency.minMs),
    mean: bench("ms", ({ latency }) => latency.meanMs),
    avg: bench("ms", ({ latency }) => latency.meanMs),
    stddev: bench("ms", ({ latency }) => latency.stddevMs),
    mdev: bench("ms", ({ latency }) => latency.stddevMs),
    max: bench("ms", ({ latency }) => latency.maxMs),
    errors: bench("count", ({ totals }) => totals.errors),
    requests: bench("count", ({ totals }) => totals.requests),
    rate: bench("requests/s", ({ rates }) => rates.requestsPerSecond),
    sent: bench("bytes/s", ({ rates }) => rates.sentBytesPerSecond),
    received: bench("bytes/s", ({ rates }) => rates.receivedBytesPerSecond),
  },
  ping: {
    min: ping("ms", ({ rtt }) => rtt && rtt.minMs),
    mean: ping("ms", ({ rtt }) => rtt && rtt.avgMs),
    avg: ping("ms", ({ rtt }) => rtt && rtt.avgMs),
    stddev: ping("ms", ({ rtt }) => rtt && rtt.mdevMs),
    mdev: ping("ms", ({ rtt }) => rtt && rtt.mdevMs),
    max: ping("ms", ({ rtt }) => rtt && rtt.maxMs),
    jitter: ping("ms", ({ rtt }) => rtt && rtt.jitterMs),
    // The share as it is in percent, not as 0.07 * 100 has it.
    loss: ping(
      "%",
      ({ transmitted, received }) => transmitted > 0 ? 100 * (transmitted - received) / transmitted : null,
    ),
    lost: ping("count", ({ transmitted, received }) => transmitted - received),
    late: ping("count", ({ late }) => late),
    reconnects: ping("count", ({ reconnects }) => reconnects),
  },
  compare: Object.fromEntries(COMPARED_METRICS.map((name) => [
    name,
    metric<Comparison>("%", ({ rows }) => rows.find((row) => row.metric === name)?.changePercent ?? null),
  ])),
};

/**
 * The figure of that name.
 *
 * @param gate The gate's text, for the error.
 * @throws {SyntaxError} if results of that kind have none of that name.
 * @throws {RangeError} if it is a percentile that is none.
 */
export function gateMetric(name: string, kind: GateKind, gate: string): GateMetric {
  if (Object.hasOwn(NAMED[kind], name)) return NAMED[kind][name];
  const percentile = /^p(\d+(?:\.\d{1,9})?)$/.exec(name)?.[1];
  if (percentile === undefined || kind === "compare") {
    const known = Object.keys(NAMED[kind]).join(", ") + (kind === "compare" ? "" : ", or a percentile such as p99.9");
    throw new SyntaxError(`bad gate ${quote(gate)}: ${kind} has no figure ${quote(name)}: use ${known}`);
  }
  if (!(Number(percentile) > 0 && Number(percentile) < 100)) {
    throw new RangeError(
      `bad gate ${quote(gate)}: there is no percentile ${shorten(percentile)}: use one between 0 and 100, min or max`,
    );
  }
  const read = (latency: Distribution) => readPercentile(latency, Number(percentile));
  return kind === "bench"
    ? bench("ms", ({ latency }) => read(latency))
    : ping("ms", ({ distribution }) => read(distribution));
}

/** Null where too few samples tell it. */
async function readPercentile(distribution: Distribution, percentile: number): Promise<number | null> {
  if ((PERCENTILES as readonly number[]).includes(percentile)) {
    return distribution.percentilesMs[`p${percentile}` as PercentileName];
  }
  if (!isTold(percentile, distribution.count)) return null;
  return (await histogramOf(distribution)).percentileMs(percentile);
}
