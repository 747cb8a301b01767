import { type GateKind, type GateUnit, type GateVerdict, parseGate } from "../measure/gate.ts";
import { bytesText, countText, digits, NO_FIGURE, rateText, timeText } from "./bench_units.ts";

/** A gate and what it met: `p99>5ms (12.5ms)`. */
export function gateWithValue(verdict: GateVerdict, kind: GateKind): string {
  return `${verdict.expression} (${gateValueText(verdict, kind)})`;
}

/**
 * The figure that a gate is about, in its unit: `12.5ms`, `+8.03%`.
 *
 * @throws {SyntaxError} if the verdict's expression is no gate of that kind.
 */
export function gateValueText({ expression, value }: GateVerdict, kind: GateKind): string {
  if (value === null) return "no such figure";
  const { unit } = parseGate(expression, kind);
  return kind === "compare" ? changeText(value) : figureText(value, unit);
}

/** A figure in its unit. */
export function figureText(value: number | null, unit: GateUnit): string {
  if (value === null) return NO_FIGURE;
  switch (unit) {
    case "ms":
      return timeText(value);
    case "count":
      return countText(value);
    case "requests/s":
      return `${rateText(value)}/s`;
    case "bytes/s":
      return `${bytesText(value)}/s`;
    case "%":
      return `${digits(value)}%`;
  }
}

/** A change in percent with its sign: `+8.03%`; `±0%` where there is none. */
export function changeText(percent: number | null): string {
  if (percent === null) return NO_FIGURE;
  return percent === 0 ? "±0%" : `${percent > 0 ? "+" : ""}${digits(percent)}%`;
}
