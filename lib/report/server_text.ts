import { bytesText, countText } from "./bench_units.ts";
import type { Counts, ServerFacts } from "./server_facts.ts";

/** How fast bytes went through a server, between two moments. */
export interface ServerRates {
  /** Bytes received per second. */
  readonly bytesInPerSecond: number;
  /** Bytes sent per second. */
  readonly bytesOutPerSecond: number;
}

/** The rates between two moments; from the start where there is no earlier one. */
export function ratesBetween(earlier: ServerFacts | undefined, now: ServerFacts): ServerRates {
  const ms = now.uptimeMs - (earlier?.uptimeMs ?? 0);
  const perSecond = (name: "bytesIn" | "bytesOut") =>
    ms > 0 ? Math.round((now.stats[name] - (earlier?.stats[name] ?? 0)) / ms * 1000) : 0;
  return { bytesInPerSecond: perSecond("bytesIn"), bytesOutPerSecond: perSecond("bytesOut") };
}

/** A time that passes, in its two largest units: `42s`, `3m07s`, `2h05m`, `12d03h`. */
export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (large: number, unit: string, small: number, next: string) =>
    `${large}${unit}${String(small).padStart(2, "0")}${next}`;
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, "m", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? two(hours, "h", minutes % 60, "m") : two(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** The counts that are not 0, as ` (access 3, maxPerHost 1)`; nothing where all are. */
export function reasonsText(counts: Counts): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return told.length === 0 ? "" : ` (${told.map(([name, count]) => `${name} ${countText(count)}`).join(", ")})`;
}

/**
 * What a server has done, in one line.
 *
 * @param since What the rates are since: `the start`, `the last summary`.
 */
export function summaryText({ uptimeMs, stats }: ServerFacts, rates: ServerRates, since: string): string {
  const { open, total, refused, refusedBy, errors, bytesIn, bytesOut } = stats;
  return [
    `up ${ageText(uptimeMs)}`,
    `${countText(open)} open`,
    `${countText(total)} served`,
    `${countText(refused)} refused${reasonsText(refusedBy)}`,
    `${countText(errors)} error${errors === 1 ? "" : "s"}`,
    `${bytesText(bytesIn)} in`,
    `${bytesText(bytesOut)} out`,
    `${bytesText(rates.bytesInPerSecond)}/s in and ${bytesText(rates.bytesOutPerSecond)}/s out since ${since}`,
  ].join(", ");
}
