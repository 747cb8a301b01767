import { lastLine } from "../ok.ts";
import type { TortureCase } from "./torture_case.ts";
import { countVerdicts, type TortureResult } from "./torture_result.ts";

/** What a run prints: a table, and how many came out which way. */
export function tortureText(result: TortureResult): string {
  const rows = result.cases.map(({ name, size, ms, verdict, seen }) => [
    name,
    size,
    verdict === "skipped" ? "" : `${(ms / 1000).toFixed(1)} s`,
    verdict === "failed" ? "FAILED" : verdict,
    oneLine(seen),
  ]);
  return [
    `${result.scale} torture of ${result.program}, seed ${result.seed}`,
    ...leftTable(["case", "size", "time", "verdict", "what was seen"], rows),
    lastLine(countVerdicts(result.cases)),
  ].map((line) => `${line}\n`).join("");
}

/** What `--list` prints. */
export function listText(cases: readonly TortureCase[]): string {
  const rows = cases.map(({ name, about, size }) => [name, about, size.quick, size.full]);
  return leftTable(["case", "what is done", "--quick", "full"], rows).map((line) => `${line}\n`).join("");
}

/** The lines of a table of words. */
function leftTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
}

/** Characters of a cell at most: `--json` has all. */
const MOST_CHARS = 300;

/** A text that may have several lines, such as what a program said, in one. */
function oneLine(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, " | ");
  return line.length > MOST_CHARS ? `${line.slice(0, MOST_CHARS)}…` : line;
}
