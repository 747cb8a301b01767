/**
 * The tables of a bench's result, as rows of text: the same for the terminal and for the page.
 *
 * @module
 */
import { formatDuration } from "../core/units.ts";
import type { BenchInterval, BenchResult } from "../measure/bench_result.ts";
import { type Distribution, type PercentileName, PERCENTILES } from "../measure/distribution.ts";
import { clockText, directionText, loopText, targetText, tlsText } from "./bench_facts.ts";
import { bitRateText, bytesText, countText, NO_FIGURE, rateText, sizeText, timeText } from "./bench_units.ts";

/** Cells of one row, the first of which names it. */
export type Row = readonly string[];

/** A table: what its columns are called, and its rows. */
export interface Table {
  /** Names of the columns. */
  readonly head: Row;
  /** The rows. */
  readonly rows: readonly Row[];
}

/** What happened in all: name, figure, and the same by the second where that says something. */
export function summaryRows(result: BenchResult): Row[] {
  const { totals, rates, connectTime, tlsTime, options, elapsedMs } = result;
  const rows: Row[] = [["Duration", timeText(elapsedMs), ""]];
  const stream = options.mode === "stream";
  if (!stream) {
    rows.push(["Requests", countText(totals.requests), ""], ["Requests/s", rateText(rates.requestsPerSecond), ""]);
  }
  rows.push(["Sent", bytesText(totals.bytesSent), perSecond(rates.sentBytesPerSecond, stream)]);
  rows.push(["Received", bytesText(totals.bytesReceived), perSecond(rates.receivedBytesPerSecond, stream)]);
  rows.push(["Errors", countText(totals.errors), ""], ["Connections", countText(totals.connections), ""]);
  rows.push(timesRow("Connect time", connectTime));
  if (tlsTime) rows.push(timesRow("TLS handshake", tlsTime));
  return rows;
}

function timesRow(name: string, times: Distribution): Row {
  return [name, medianOf(times), times.maxMs === null ? "" : longestOf(times)];
}

/** The median, or the mean where the samples are too few for one: a bench has few connections. */
function medianOf({ percentilesMs, meanMs }: Distribution): string {
  const median = percentilesMs.p50;
  return median === null && meanMs !== null ? timeText(meanMs) : timeText(median);
}

function longestOf({ percentilesMs, maxMs }: Distribution): string {
  return `${percentilesMs.p50 === null ? "mean" : "median"}, ${timeText(maxMs)} at most`;
}

function perSecond(bytes: number, stream: boolean): string {
  return `${bytesText(bytes)}/s${stream ? ` (${bitRateText(bytes)})` : ""}`;
}

/** Percentiles, least, mean, deviation and most; in an open loop beside the service time. */
export function latencyTable({ latency, serviceTime }: BenchResult): Table {
  const columns = serviceTime === null ? [latency] : [latency, serviceTime];
  const row = (name: string, pick: (one: Distribution) => number | null): Row => [
    name,
    ...columns.map((one) => timeText(pick(one))),
  ];
  const percentiles = PERCENTILES.map((percentile) =>
    row(`${percentile}%`, (one) => one.percentilesMs[`p${percentile}` as PercentileName])
  );
  return {
    head: ["", ...(serviceTime === null ? ["latency"] : ["latency (corrected)", "service time"])],
    rows: [
      ...percentiles,
      row("min", (one) => one.minMs),
      row("mean", (one) => one.meanMs),
      row("stddev", (one) => one.stddevMs),
      row("max", (one) => one.maxMs),
      ["samples", ...columns.map((one) => countText(one.count))],
    ],
  };
}

/** Second by second. */
export function secondsTable({ series, options }: BenchResult): Table {
  const stream = options.mode === "stream";
  const head = stream
    ? ["second", "errors", "sent/s", "received/s"]
    : ["second", "requests", "errors", "sent/s", "received/s", "p50", "p99", "max"];
  return { head, rows: series.map((interval) => secondRow(interval, stream)) };
}

function secondRow(interval: BenchInterval, stream: boolean): Row {
  const { startMs, lengthMs, requests, errors, bytesSent, bytesReceived, p50Ms, p99Ms, maxMs } = interval;
  const perSecond = (bytes: number) => lengthMs > 0 ? `${bytesText(bytes * 1000 / lengthMs)}/s` : NO_FIGURE;
  const bytes = [perSecond(bytesSent), perSecond(bytesReceived)];
  const second = formatSecond(startMs + lengthMs);
  if (stream) return [second, countText(errors), ...bytes];
  return [second, countText(requests), countText(errors), ...bytes, timeText(p50Ms), timeText(p99Ms), timeText(maxMs)];
}

/** The end of an interval in seconds, with no more digits than it has. */
function formatSecond(ms: number): string {
  return String(Math.round(ms) / 1000);
}

/** What was asked, defaults included. */
export function optionRows(result: BenchResult): Row[] {
  const { options } = result;
  const rows: Row[] = [
    ["Server", targetText(result)],
    ["Mode", options.mode === "stream" ? `stream, ${directionText(options.direction)}` : "echo"],
    ["Connections", countText(options.connections)],
    ["Duration", formatDuration(options.durationMs)],
    ["Warmup", formatDuration(options.warmupMs)],
    [options.mode === "stream" ? "Write" : "Request", sizeText(options.sizeBytes)],
  ];
  if (options.mode === "echo") {
    rows.push(["Load", loopText(options.ratePerSecond)], ["Pipeline", countText(options.pipeline)]);
    rows.push(["Connection for each request", options.churn ? "yes" : "no"]);
  }
  return [
    ...rows,
    ["Workers", countText(options.workers)],
    ["Every byte verified", options.verify ? "yes" : "no"],
    ["Timeout", formatDuration(options.timeoutMs)],
    ["Connect timeout", formatDuration(options.connectTimeoutMs)],
    ["TLS", tlsText(result)],
  ];
}

/** What it was measured with. */
export function environmentRows(result: BenchResult): Row[] {
  const { environment, startedAt, merged } = result;
  const rows: Row[] = [
    ["Started", startedAt],
    ["System", `${environment.os} (${environment.target})`],
    ["Processors", countText(environment.cpus)],
    ["Deno", environment.deno],
    ["Sounder", environment.sounder],
    ["Clock", clockText(result)],
  ];
  return merged > 1 ? [["Results merged", `${merged}; the rest here is the first one's`], ...rows] : rows;
}

/** What the kernel knew of the connections at the end; no row where it was not asked. */
export function tcpInfoRows({ tcpInfo }: BenchResult): Row[] {
  if (tcpInfo.length === 0) return [];
  const sum = (pick: (one: BenchResult["tcpInfo"][number]) => number | undefined) =>
    countText(tcpInfo.reduce((total, one) => total + (pick(one) ?? 0), 0));
  const rtts = tcpInfo.flatMap(({ rttUs }) => rttUs ?? []).sort((a, b) => a - b);
  const rtt = (at: number) => timeText(rtts[at] / 1000);
  return [
    ["Connections", countText(tcpInfo.length)],
    [
      "Smoothed RTT",
      rtts.length === 0
        ? NO_FIGURE
        : `${rtt(rtts.length >> 1)} (median), ${rtt(0)} at least, ${rtt(rtts.length - 1)} at most`,
    ],
    ["Segments sent again", sum(({ totalRetransmittedSegments }) => totalRetransmittedSegments)],
    ["Retransmission timeouts", sum(({ totalTimeouts }) => totalTimeouts)],
    ["Segments out of order", sum(({ outOfOrderSegments }) => outOfOrderSegments)],
  ];
}
