import { type Gate, type GateKind, parseGate } from "../measure/gate.ts";
import { orUsage } from "./usage_error.ts";

/**
 * Reads the expressions of `--fail-if`.
 *
 * @throws {UsageError} if one is wrong.
 */
export function readGates(texts: readonly string[], kind: GateKind): Gate[] {
  return texts.map((text) => orUsage(() => parseGate(text, kind), "--fail-if: "));
}
