import { shorten } from "../core/quote.ts";
import type { GateVerdict } from "./gate.ts";

/**
 * A verdict in words: `--fail-if p99>5ms: p99 is 7.1 ms`, or why it cannot be judged:
 * `--fail-if p99.99>5ms: p99.99 is unknown: too few samples`.
 */
export function gateText({ expression, value }: GateVerdict): string {
  const metric = shorten(/^[a-z0-9.]+/i.exec(expression.trim())?.[0] ?? expression);
  const change = /%\s*$/.test(expression) && metric !== "loss";
  // Line breaks are spaces like others to parseGate().
  const shown = shorten(expression.trim().replace(/\s+/g, " "));
  return `--fail-if ${shown}: ${value === null ? unknown(metric, change) : known(metric, value, change)}`;
}

function known(metric: string, value: number, change: boolean): string {
  const number = String(Number(value.toPrecision(6)));
  if (change) return `${metric} changed by ${value > 0 ? "+" : ""}${number}%`;
  return `${metric} is ${number}${UNITS[metric] ?? " ms"}`;
}

function unknown(metric: string, change: boolean): string {
  if (change) return `the change of ${metric} is unknown: one side has no figure, or the first has 0`;
  return `${metric} is unknown: ${/^p\d/.test(metric) ? "too few samples" : "nothing was measured"}`;
}

/** What follows a figure that is not a duration. */
const UNITS: Record<string, string> = {
  errors: "",
  requests: "",
  lost: "",
  late: "",
  reconnects: "",
  loss: "%",
  rate: " requests/s",
  sent: " bytes/s",
  received: " bytes/s",
};
