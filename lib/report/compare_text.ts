import type { ComparedMetric, ComparedSide, Comparison } from "../measure/compare_results.ts";
import { gateLines } from "./bench_gate_lines.ts";
import { changeText, figureText } from "./bench_gates.ts";
import { alignRows, type Line, linesText, printable, type Style, wrapWords } from "./bench_lines.ts";
import { plural } from "./bench_facts.ts";

/** How a comparison is printed. */
export interface CompareTextOptions {
  /** Whether colours are used. */
  readonly color?: boolean;
  /** Columns that no line exceeds; 100 by default. */
  readonly width?: number;
}

const INDENT = "  ";

/**
 * A comparison as a table for a terminal, without a line end after the last line: the median of each side, its range where it
 * has several runs, the change, and whether that is for the better, for the worse, or may be chance (`better?`: too few runs to tell).
 */
export function compareText(comparison: Comparison, { color = false, width = 100 }: CompareTextOptions = {}): string {
  const { rows, notes, gates, runsBefore, runsAfter } = comparison;
  const several = runsBefore + runsAfter > 2;
  const lines: Line[] = [];
  for (const note of notes) {
    for (const line of wrapWords(printable(`Note: ${note}`), width)) lines.push([["warning", line]]);
  }
  if (notes.length > 0) lines.push([]);
  const heading = `Compared: ${plural(runsBefore, "run")} before, ${plural(runsAfter, "run")} after`;
  lines.push([["heading", heading + (several ? " (median, and range over the runs)" : "")]], ...tableLines(rows));
  if (!several) {
    const advice = "One run on each side cannot tell a difference from chance: give several of each.";
    lines.push(...wrapWords(advice, width - INDENT.length).map((line): Line => [["dim", INDENT + line]]));
  }
  if (gates.length > 0) lines.push([], ...gateLines(gates, "compare"));
  return linesText(lines, { color, width });
}

function tableLines(rows: readonly ComparedMetric[]): Line[] {
  const cells = rows.map((row) => [
    row.metric,
    ...sideCells(row.before, row.unit),
    ...sideCells(row.after, row.unit),
    changeText(row.changePercent),
  ]);
  const [head, ...lines] = alignRows([["", "before", "", "after", "", "change"], ...cells], [0, 2, 4]);
  return [
    [["dim", INDENT + head]],
    ...lines.map((line, at): Line => {
      const verdict = verdictOf(rows[at]);
      return verdict === undefined ? [INDENT + line] : [`${INDENT}${line}  `, verdict];
    }),
  ];
}

/** The median, and the range where there are several runs. */
function sideCells({ median, min, max, runs }: ComparedSide, unit: ComparedMetric["unit"]): string[] {
  return [figureText(median, unit), runs > 1 ? `${figureText(min, unit)} to ${figureText(max, unit)}` : ""];
}

/** What a difference means; undefined where there is none, or none can be told. */
function verdictOf({ before, after, better, withinSpread }: ComparedMetric): readonly [Style, string] | undefined {
  if (before.median === null || after.median === null || before.median === after.median) return undefined;
  if (withinSpread) return ["dim", "may be chance"];
  const good = (after.median > before.median) === (better === "higher");
  // Where it cannot be told from chance, the word is a question.
  if (withinSpread === null) return ["dim", good ? "better?" : "worse?"];
  return good ? ["good", "better"] : ["bad", "worse"];
}
