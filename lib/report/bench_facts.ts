import { formatAddress } from "../core/address.ts";
import { formatDuration } from "../core/units.ts";
import type { BenchAsked, BenchResult } from "../measure/bench_result.ts";
import { gateWithValue } from "./bench_gates.ts";
import { countText, percentText, sizeText, timeText } from "./bench_units.ts";

/** Something about a result that its figures must not be read without. */
export interface Warning {
  /** What it is about: no measurement, a run cut short, an open loop behind its schedule, a gate. */
  readonly kind: "error" | "partial" | "behind" | "gate";
  /** It in a sentence or two. */
  readonly text: string;
}

/** The server, as `127.0.0.1:9999`. */
export function targetText({ target }: BenchResult): string {
  return formatAddress(target);
}

/** What was done, in one line: `50 connections, 64B requests, closed loop, 10s after 1s of warmup`. */
export function settingsText(result: BenchResult): string {
  const { options, merged } = result;
  const parts = [plural(options.connections, "connection"), ...loadParts(options)];
  if (options.tls) parts.push(result.tls === null ? "TLS" : `TLS ${result.tls.version}`);
  parts.push(formatDuration(options.durationMs) + (options.warmupMs > 0 ? afterWarmup(options.warmupMs) : ""));
  if (options.workers > 1) parts.push(`${options.workers} workers`);
  if (!options.verify) parts.push("not verified");
  if (merged > 1) parts.push(`${merged} results merged`);
  return parts.join(", ");
}

function afterWarmup(warmupMs: number): string {
  return ` after ${formatDuration(warmupMs)} of warmup`;
}

function loadParts({ mode, direction, sizeBytes, ratePerSecond, pipeline, churn, tls }: BenchAsked): string[] {
  if (mode === "stream") return [`a stream ${directionText(direction)}`, `writes of ${sizeText(sizeBytes)}`];
  const parts = [`requests of ${sizeText(sizeBytes)}`, loopText(ratePerSecond)];
  if (pipeline > 1) parts.push(`up to ${pipeline} in flight on each`);
  if (churn) parts.push(`a new connection ${tls ? "and TLS handshake " : ""}for each`);
  return parts;
}

/** How requests are started: as echoes come, or on a schedule. */
export function loopText(ratePerSecond: number | null): string {
  return ratePerSecond === null ? "closed loop" : `open loop at ${countText(ratePerSecond)}/s`;
}

/** What TLS came to: `1.3, TLS_AES_128_GCM_SHA256, ALPN h2`, or `no`. */
export function tlsText({ options, tls }: BenchResult): string {
  if (!options.tls) return "no";
  if (tls === null) return "yes";
  const parts = [tls.version, tls.cipher];
  if (tls.alpnProtocol !== null) parts.push(`ALPN ${tls.alpnProtocol}`);
  return parts.join(", ");
}

/** Which way a stream goes, in words. */
export function directionText(direction: BenchAsked["direction"]): string {
  return direction === "both" ? "both ways" : direction ?? "–";
}

/** A number with its noun: `1 connection`, `1,200 connections`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** What must be said before the figures, the gravest first. */
export function warningsOf(result: BenchResult): Warning[] {
  const { error, partial, schedule, gates } = result;
  const found: Warning[] = [];
  if (error) found.push({ kind: "error", text: `No measurement: ${error.message}` });
  if (partial && !error) found.push({ kind: "partial", text: `Partial: ${partialText(result)}` });
  if (schedule?.behind) found.push({ kind: "behind", text: `Fell behind: ${behindText(schedule)}` });
  for (const gate of gates) {
    if (gate.hit) found.push({ kind: "gate", text: `Gate hit: ${gateWithValue(gate, "bench")}` });
  }
  return found;
}

function partialText({ merged, elapsedMs, options }: BenchResult): string {
  if (merged > 1) return `of the ${merged} merged runs one at least ended before its time.`;
  return `the run ended after ${timeText(elapsedMs)} of ${
    formatDuration(options.durationMs)
  }; every figure is of that time.`;
}

function behindText({ due, unsent, delay }: NonNullable<BenchResult["schedule"]>): string {
  const late = delay.maxMs === null ? "" : `, and the latest was sent ${timeText(delay.maxMs)} late`;
  return `of ${plural(due, "request")} that were due, ${countText(unsent)} (${
    percentText(due > 0 ? unsent / due : 0)
  }) ` +
    `were not sent${late}. The server, the path or this machine does not take the rate that was asked.`;
}

/** How the schedule of an open loop was kept, where it was kept. */
export function scheduleText({ due, unsent, delay }: NonNullable<BenchResult["schedule"]>): string {
  const late = delay.maxMs === null
    ? ""
    : `; sent late by ${timeText(delay.percentilesMs.p50)} (median), ${timeText(delay.maxMs)} at most`;
  return `${plural(due, "request")} due, ${countText(unsent)} not sent${late}`;
}

/** What reading the clock costs, and how finely it tells: no figure is better than these. */
export function clockText({ environment }: BenchResult): string {
  const { clockResolutionUs, sampleCostUs } = environment;
  return `resolution ${timeText(clockResolutionUs / 1000)}, one sample costs ${timeText(sampleCostUs / 1000)}`;
}
