import {
  type BenchAsked,
  type BenchInterval,
  type BenchResult,
  MOST_TCP_INFO,
  type ScheduleReport,
} from "./bench_result.ts";
import type { Distribution } from "./distribution.ts";
import { createHistogram, histogramOf } from "./histogram.ts";
import { mergeErrors } from "./merge_errors.ts";

/** The options that add up; all others must be the same. */
const ADDED: readonly (keyof BenchAsked)[] = ["connections", "workers", "ratePerSecond"];

/**
 * Makes one result of those of several clients that loaded a service at the same time. Merged results merge too.
 *
 * - Histograms are merged exactly; totals, rates, errors by kind, connections, workers and `merged` are added.
 * - `elapsedMs` is the longest, `startedAt` the earliest; it is partial if one is, or if one measured nothing.
 * - Seconds are added by their number from each one's own begin. Percentiles of a second cannot be merged: they are null,
 *   but where only one result has that second.
 * - Several clients may reach a service by several addresses: `target` and `environment` are those of the first.
 * - What TLS came to: that of the first result that has any.
 * - TCP_INFO: the first 100 connections. Gates: none, they were about the parts.
 *
 * @throws {RangeError} if there is no result, one option differs, or a histogram cannot be read: which, and in which result.
 */
export async function mergeResults(results: readonly BenchResult[]): Promise<BenchResult> {
  if (results.length === 0) throw new RangeError("cannot merge results: there is none");
  const [first] = results;
  const options = mergeOptions(results);
  const sum = (read: (result: BenchResult) => number) => results.reduce((total, result) => total + read(result), 0);
  return {
    schema: first.schema,
    command: first.command,
    target: first.target,
    startedAt: results.map(({ startedAt }) => startedAt).sort()[0],
    options,
    environment: first.environment,
    tls: results.find(({ tls }) => tls !== null)?.tls ?? null,
    merged: sum(({ merged }) => merged),
    partial: results.some(({ partial, error }) => partial || error !== null),
    elapsedMs: Math.max(...results.map(({ elapsedMs }) => elapsedMs)),
    totals: {
      requests: sum(({ totals }) => totals.requests),
      errors: sum(({ totals }) => totals.errors),
      bytesSent: sum(({ totals }) => totals.bytesSent),
      bytesReceived: sum(({ totals }) => totals.bytesReceived),
      connections: sum(({ totals }) => totals.connections),
    },
    rates: {
      requestsPerSecond: sum(({ rates }) => rates.requestsPerSecond),
      sentBytesPerSecond: sum(({ rates }) => rates.sentBytesPerSecond),
      receivedBytesPerSecond: sum(({ rates }) => rates.receivedBytesPerSecond),
    },
    latency: await mergeDistributions("latency", results.map(({ latency }) => latency)) ?? first.latency,
    serviceTime: await mergeDistributions("serviceTime", results.map(({ serviceTime }) => serviceTime)),
    connectTime: await mergeDistributions("connectTime", results.map(({ connectTime }) => connectTime)) ??
      first.connectTime,
    tlsTime: await mergeDistributions("tlsTime", results.map(({ tlsTime }) => tlsTime)),
    schedule: await mergeSchedules(results.map(({ schedule }) => schedule)),
    errors: mergeErrors(results.flatMap(({ errors }) => errors)),
    series: mergeSeries(results.map(({ series }) => series)),
    tcpInfo: results.flatMap(({ tcpInfo }) => tcpInfo).slice(0, MOST_TCP_INFO),
    gates: [],
    error: results.every(({ error }) => error !== null) ? first.error : null,
  };
}

function mergeOptions(results: readonly BenchResult[]): BenchAsked {
  const [{ options: first }] = results;
  for (const [index, { options }] of results.entries()) {
    for (const name of Object.keys(first) as (keyof BenchAsked)[]) {
      // A closed loop and an open one are two measurements: of rates, both must have one or none.
      const same = ADDED.includes(name)
        ? (options[name] === null) === (first[name] === null)
        : options[name] === first[name];
      if (same) continue;
      const [left, right] = [JSON.stringify(first[name]), JSON.stringify(options[name])];
      throw new RangeError(`cannot merge results: ${name} is ${left} in the first and ${right} in result ${index + 1}`);
    }
  }
  const sum = (read: (options: BenchAsked) => number) =>
    results.reduce((total, { options }) => total + read(options), 0);
  return {
    ...first,
    connections: sum(({ connections }) => connections),
    workers: sum(({ workers }) => workers),
    ratePerSecond: first.ratePerSecond === null ? null : sum(({ ratePerSecond }) => ratePerSecond ?? 0),
  };
}

/** Null if no result has one. */
async function mergeDistributions(
  name: string,
  distributions: readonly (Distribution | null)[],
): Promise<Distribution | null> {
  const merged = await createHistogram();
  for (const [index, distribution] of distributions.entries()) {
    if (distribution === null) continue;
    try {
      merged.add(await histogramOf(distribution));
    } catch (cause) {
      const why = (cause as Error).message;
      throw new RangeError(`cannot merge results: ${name} of result ${index + 1}: ${why}`, { cause });
    }
  }
  return distributions.every((distribution) => distribution === null) ? null : merged.distribution();
}

async function mergeSchedules(schedules: readonly (ScheduleReport | null)[]): Promise<ScheduleReport | null> {
  const delay = await mergeDistributions("schedule.delay", schedules.map((schedule) => schedule && schedule.delay));
  if (delay === null) return null;
  const kept = schedules.filter((schedule) => schedule !== null);
  return {
    due: kept.reduce((total, { due }) => total + due, 0),
    unsent: kept.reduce((total, { unsent }) => total + unsent, 0),
    delay,
    behind: kept.some(({ behind }) => behind),
  };
}

function mergeSeries(series: readonly (readonly BenchInterval[])[]): BenchInterval[] {
  const seconds = Math.max(...series.map(({ length }) => length));
  return Array.from({ length: seconds }, (_, second) => {
    const parts = series.filter(({ length }) => second < length).map((intervals) => intervals[second]);
    return parts.length === 1 ? parts[0] : mergeIntervals(parts);
  });
}

function mergeIntervals(parts: readonly BenchInterval[]): BenchInterval {
  const sum = (read: (part: BenchInterval) => number) => parts.reduce((total, part) => total + read(part), 0);
  const longest = parts.map(({ maxMs }) => maxMs).filter((maxMs) => maxMs !== null);
  return {
    startMs: parts[0].startMs,
    lengthMs: Math.max(...parts.map(({ lengthMs }) => lengthMs)),
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    bytesSent: sum(({ bytesSent }) => bytesSent),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    p50Ms: null,
    p99Ms: null,
    maxMs: longest.length === 0 ? null : Math.max(...longest),
  };
}
