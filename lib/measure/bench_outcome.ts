import type {
  BenchAsked,
  BenchErrorCount,
  BenchInterval,
  BenchResult,
  Environment,
  ScheduleReport,
} from "./bench_result.ts";
import { MOST_TCP_INFO, RESULT_SCHEMA } from "./bench_result.ts";
import { createHistogram, type Histogram } from "./histogram.ts";
import type { LoadOutcome } from "./load_outcome.ts";
import { mergeErrors } from "./merge_errors.ts";

/** Schedule that may be unsent at the end without the load having fallen behind. */
const BEHIND_MS = 100;

/** What is known of a bench beside what its threads measured. */
export interface BenchSetting {
  /** The server. */
  readonly target: { readonly hostname: string; readonly port: number };
  /** What was asked. */
  readonly asked: BenchAsked;
  /** What it ran on. */
  readonly environment: Environment;
  /** Second by second. */
  readonly series: readonly BenchInterval[];
}

/** Puts what the threads measured together, but for the gates. */
export async function benchOutcome(setting: BenchSetting, outcomes: readonly LoadOutcome[]): Promise<BenchResult> {
  const { target, asked, environment, series } = setting;
  const elapsedMs = Math.max(...outcomes.map((outcome) => outcome.elapsedMs));
  const errors = mergeErrors(outcomes.flatMap((outcome) => outcome.errors));
  const sum = (read: (interval: BenchInterval) => number) => series.reduce((total, one) => total + read(one), 0);
  const totals = {
    requests: sum(({ requests }) => requests),
    errors: errors.reduce((total, { count }) => total + count, 0),
    bytesSent: sum(({ bytesSent }) => bytesSent),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    connections: outcomes.reduce((total, { connections }) => total + connections, 0),
  };
  const started = outcomes.flatMap(({ startedAt }) => startedAt ?? []).sort((a, b) => +a - +b);
  const perSecond = (total: number) => elapsedMs > 0 ? total / (elapsedMs / 1000) : 0;
  const delay = await merged(outcomes.map(({ histograms }) => histograms.delay));
  const serviceTime = await merged(outcomes.map(({ histograms }) => histograms.serviceTime));
  const tlsTime = await merged(outcomes.map(({ histograms }) => histograms.tlsTime));
  return {
    schema: RESULT_SCHEMA,
    command: "bench",
    target,
    startedAt: (started[0] ?? new Date()).toISOString(),
    options: asked,
    environment,
    tls: outcomes.find(({ tls }) => tls !== undefined)?.tls ?? null,
    merged: 1,
    partial: outcomes.some(({ partial }) => partial),
    elapsedMs,
    totals,
    rates: {
      requestsPerSecond: perSecond(totals.requests),
      sentBytesPerSecond: perSecond(totals.bytesSent),
      receivedBytesPerSecond: perSecond(totals.bytesReceived),
    },
    latency: (await merged(outcomes.map(({ histograms }) => histograms.latency)))!.distribution(),
    serviceTime: serviceTime?.distribution() ?? null,
    connectTime: (await merged(outcomes.map(({ histograms }) => histograms.connectTime)))!.distribution(),
    tlsTime: tlsTime?.distribution() ?? null,
    schedule: delay ? scheduleOf(asked, outcomes, delay) : null,
    errors,
    series,
    tcpInfo: outcomes.flatMap(({ tcpInfo }) => tcpInfo).slice(0, MOST_TCP_INFO),
    gates: [],
    error: started.length > 0 ? null : whyNotMeasured(errors),
  };
}

function whyNotMeasured([first]: readonly BenchErrorCount[]): NonNullable<BenchResult["error"]> {
  if (first) return { kind: first.kind, message: first.example };
  return { kind: "interrupted", message: "ended before the measured time began" };
}

/** Undefined where none has one. */
async function merged(histograms: readonly (Histogram | undefined)[]): Promise<Histogram | undefined> {
  const given = histograms.filter((histogram) => histogram !== undefined);
  if (given.length === 0) return undefined;
  const all = await createHistogram();
  for (const histogram of given) all.add(histogram);
  return all;
}

function scheduleOf(asked: BenchAsked, outcomes: readonly LoadOutcome[], delay: Histogram): ScheduleReport {
  const due = outcomes.reduce((total, { schedule }) => total + (schedule?.due ?? 0), 0);
  const unsent = outcomes.reduce((total, { schedule }) => total + (schedule?.unsent ?? 0), 0);
  const behind = (unsent / asked.ratePerSecond!) * 1000 > BEHIND_MS;
  return { due, unsent, delay: delay.distribution(), behind };
}
