import type { BenchResult } from "../measure/bench_result.ts";
import { clockText, scheduleText, settingsText, targetText, warningsOf } from "./bench_facts.ts";
import { gateLines } from "./bench_gate_lines.ts";
import { histogramLines } from "./bench_histogram.ts";
import { alignRows, type Line, linesText, printable, type Style, wrapWords } from "./bench_lines.ts";
import {
  environmentRows,
  latencyTable,
  optionRows,
  type Row,
  secondsTable,
  summaryRows,
  type Table,
  tcpInfoRows,
} from "./bench_rows.ts";
import { countText } from "./bench_units.ts";

/** How a result is printed. */
export interface BenchTextOptions {
  /** Whether options, environment, seconds and TCP_INFO are printed as well. */
  readonly verbose?: boolean;
  /** Whether colours are used. */
  readonly color?: boolean;
  /** Columns that no line exceeds; 100 by default. */
  readonly width?: number;
}

const INDENT = "  ";

/**
 * The result of a bench as text for a terminal, without a line end after the last line. What keeps the figures from being
 * taken at face value (a partial run, a schedule that was not kept) comes first.
 */
export async function benchText(result: BenchResult, options: BenchTextOptions = {}): Promise<string> {
  const { verbose = false, color = false, width = 100 } = options;
  const blocks: Line[][] = [header(result, width)];
  if (result.error === null) {
    blocks.push(block("Summary", alignRows(summaryRows(result), [0, 2])));
    if (result.latency.count > 0) blocks.push(latencyBlock(result, width), await histogramLines(result.latency, width));
  }
  if (result.schedule && !result.schedule.behind) {
    blocks.push(block("Schedule", wrapWords(scheduleText(result.schedule), width - INDENT.length)));
  }
  blocks.push(errorBlock(result, width), gateLines(result.gates, "bench"));
  if (verbose) blocks.push(...detailBlocks(result));
  if (result.error === null) blocks.push([["Clock: " + clockText(result)]]);
  const lines = blocks.filter((one) => one.length > 0).flatMap((one, at) => at === 0 ? one : [[], ...one]);
  return linesText(lines, { color, width });
}

const STYLES: Record<ReturnType<typeof warningsOf>[number]["kind"], Style> = {
  error: "bad",
  partial: "warning",
  behind: "warning",
  gate: "bad",
};

function header(result: BenchResult, width: number): Line[] {
  const lines: Line[] = [];
  for (const { kind, text } of warningsOf(result)) {
    // Gates have a block of their own.
    if (kind !== "gate") { for (const line of wrapWords(printable(text), width)) lines.push([[STYLES[kind], line]]); }
  }
  lines.push([["heading", `Bench of ${printable(targetText(result))}`]]);
  return [...lines, ...wrapWords(settingsText(result), width - INDENT.length).map((line) => [INDENT + line])];
}

/** A heading and what stands under it; nothing at all where there is nothing. */
function block(heading: string, lines: readonly string[]): Line[] {
  return lines.length === 0 ? [] : [[["heading", `${heading}:`]], ...lines.map((line) => [INDENT + line])];
}

function tableLines({ head, rows }: Table): string[] {
  return alignRows([head, ...rows]);
}

function latencyBlock(result: BenchResult, width: number): Line[] {
  const { latency, serviceTime } = result;
  const table = latencyTable(result);
  const notes: string[] = [];
  if (serviceTime) {
    notes.push("corrected: from when a request was due; service time: from when it was sent");
  }
  if (Object.values(latency.percentilesMs).includes(null)) notes.push("–: fewer than 10 samples lie beyond");
  const wrapped = notes.flatMap((note) => wrapWords(note, width - INDENT.length));
  // With one column the heading says it all.
  const lines = serviceTime ? tableLines(table) : alignRows(table.rows);
  return [...block("Latency", lines), ...wrapped.map((note): Line => [["dim", INDENT + note]])];
}

function errorBlock({ errors }: BenchResult, width: number): Line[] {
  const cells = errors.map(({ kind, count }): Row => [kind, countText(count)]);
  const lines: Line[] = alignRows(cells).flatMap((cell, at) => {
    const room = Math.max(width - INDENT.length - cell.length - 2, 10);
    const [first, ...rest] = wrapWords(printable(errors[at].example), room);
    const indent = " ".repeat(INDENT.length + cell.length + 2);
    return [[INDENT, ["bad", cell], `  ${first}`] as Line, ...rest.map((line): Line => [indent + line])];
  });
  return lines.length === 0 ? [] : [[["heading", "Errors:"]], ...lines];
}

function detailBlocks(result: BenchResult): Line[][] {
  return [
    block("Seconds", result.series.length === 0 ? [] : tableLines(secondsTable(result))),
    block("Options", alignRows(optionRows(result), [0, 1]).map(printable)),
    block("Environment", alignRows(environmentRows(result), [0, 1]).map(printable)),
    block("TCP at the end, as the kernel saw it", alignRows(tcpInfoRows(result), [0, 1])),
  ];
}
