import type { GateKind, GateVerdict } from "../measure/gate.ts";
import { gateValueText } from "./bench_gates.ts";
import { alignRows, type Line, printable } from "./bench_lines.ts";

/** A block for a terminal that says what became of the gates; no line where there are none. */
export function gateLines(gates: readonly GateVerdict[], kind: GateKind): Line[] {
  if (gates.length === 0) return [];
  const rows = gates.map((gate) => [printable(gate.expression), gateValueText(gate, kind)]);
  const lines = alignRows(rows, [0, 1]).map((line, at): Line => [
    "  ",
    gates[at].hit ? ["bad", "hit   "] : ["good", "passed"],
    `  ${line}`,
  ]);
  return [[["heading", "Gates:"]], ...lines];
}
