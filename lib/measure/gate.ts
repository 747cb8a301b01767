import { quote } from "../core/quote.ts";
import type { BenchResult } from "./bench_result.ts";
import type { Comparison } from "./compare_results.ts";
import { type GateKind, gateMetric, type GateUnit } from "./gate_metrics.ts";
import { parseGateValue } from "./parse_gate_value.ts";
import type { PingResult } from "./ping_result.ts";

export type { GateKind, GateUnit };
export { gateText } from "./gate_text.ts";

/** How a figure is compared with the value. */
export type GateOperator = ">" | ">=" | "<" | "<=";

/** A condition by which a result fails, as {@linkcode parseGate} reads it. */
export interface Gate {
  /** As given. */
  readonly expression: string;
  /** What kind of result it judges. */
  readonly kind: GateKind;
  /** The figure. */
  readonly metric: string;
  /** How it is compared. */
  readonly operator: GateOperator;
  /** With what, in `unit`. */
  readonly value: number;
  /** The unit of `value`, and of the verdict's. */
  readonly unit: GateUnit;
}

/** What became of one `--fail-if`. */
export interface GateVerdict {
  /** The expression, as given. */
  readonly expression: string;
  /**
   * The figure it is about: durations in milliseconds, shares and changes in percent. Null where there is none, such as a
   * percentile with too few samples.
   */
  readonly value: number | null;
  /** Whether the result fails by it: the condition holds, or cannot be judged. */
  readonly hit: boolean;
}

/**
 * Reads a gate: `METRIC OP VALUE`, with or without spaces, where OP is `>`, `>=`, `<` or `<=`.
 *
 * | result | metric | value |
 * |---|---|---|
 * | bench, ping | `p50`, `p99.95` (any percentile), `min`, `mean` or `avg`, `stddev` or `mdev`, `max` | a duration with its unit: `200us`, `5ms`, `1.5s` |
 * | bench | `errors`, `requests` | a count: `0`, `10k` (powers of 1000) |
 * | bench | `rate` | requests per second: `500`, `10k` |
 * | bench | `sent`, `received` | bytes per second: `64k`, `1.5M`, `1G/s` (powers of 1024) |
 * | ping | `jitter` | a duration |
 * | ping | `loss` | percent of the probes: `5%` |
 * | ping | `lost`, `late`, `reconnects` | a count |
 * | compare | `rate`, `sent`, `received`, `errors`, `min`, `mean`, `stddev`, `max`, `p50`, `p75` … `p99.999` | change in percent: `10%`, `-5%` |
 *
 * @throws {SyntaxError} if the text is none, the metric unknown or the value of another kind.
 * @throws {RangeError} if the percentile or the value is out of range.
 *
 * @example
 * ```ts
 * import { parseGate } from "@sounder/tcp/measure";
 *
 * const { metric, operator, value } = parseGate("p99>5ms", "bench");
 * console.log(metric, operator, value); // p99 > 5
 * ```
 */
export function parseGate(text: string, kind: GateKind): Gate {
  const match = /^\s*([a-z][a-z0-9.]*)\s*(>=|<=|>|<)\s*([^\s<>=]+)\s*$/i.exec(text);
  if (!match) {
    throw new SyntaxError(`bad gate ${quote(text)}: use METRIC OP VALUE with >, >=, < or <=, such as ${SUCH_AS[kind]}`);
  }
  const [, metric, operator, value] = match;
  const { unit } = gateMetric(metric, kind, text);
  return {
    expression: text,
    kind,
    metric,
    operator: operator as GateOperator,
    value: parseGateValue(value, unit, text),
    unit,
  };
}

const SUCH_AS: Record<GateKind, string> = { bench: "p99>5ms", ping: "loss>5%", compare: "p99>10%" };

/**
 * Judges a result by a gate of its kind. A figure that is not there makes it fail: a gate never lets a result pass because
 * nothing was measured.
 *
 * @throws {TypeError} if the gate is for another kind of result.
 */
export async function judgeGate(gate: Gate, result: BenchResult | PingResult | Comparison): Promise<GateVerdict> {
  const { expression, kind, metric, operator, value: limit } = gate;
  if (result.command !== kind) {
    throw new TypeError(
      `cannot judge a result of ${result.command} by ${quote(expression)}: that is a gate for ${kind}`,
    );
  }
  // Without a measurement its zeros are no figures.
  const measured = !("error" in result) || result.error === null;
  const value = measured ? await gateMetric(metric, kind, expression).read(result) : null;
  return { expression, value, hit: value === null || holds(value, operator, limit) };
}

/** Judges a result by gates, in their order. */
export function judgeGates(
  gates: readonly Gate[],
  result: BenchResult | PingResult | Comparison,
): Promise<GateVerdict[]> {
  return Promise.all(gates.map((gate) => judgeGate(gate, result)));
}

function holds(value: number, operator: GateOperator, limit: number): boolean {
  switch (operator) {
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
  }
}
