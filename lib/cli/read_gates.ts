import { type Gate, type GateKind, parseGate } from "../measure/gate.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads the expressions of `--fail-if`.
 *
 * @throws {UsageError} if one is wrong.
 */
export function readGates(texts: readonly string[], kind: GateKind): Gate[] {
  return texts.map((text) => {
    try {
      return parseGate(text, kind);
    } catch (error) {
      throw new UsageError(`--fail-if: ${(error as Error).message}`, { cause: error });
    }
  });
}
