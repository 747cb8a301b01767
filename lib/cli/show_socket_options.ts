import { findSocketOptionRow } from "../socket/options.ts";
import { rawOptionName } from "../socket/raw_option.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { jsonName } from "../socket/json_name.ts";
import { showValue } from "../socket/set_option.ts";

/** One line for each option: what was asked for, what it is, how it was set, and what the system changed. */
export function socketOptionLines(reports: readonly SocketOptionReport[]): string[] {
  const cells = reports.map(({ option, requested, effective, how, note }) => [
    flagName(option),
    showValue(findSocketOptionRow(option), requested),
    showValue(findSocketOptionRow(option), effective),
    note === undefined ? how : `${how}: ${note}`,
  ]);
  return aligned([["socket option", "asked", "effective", "set"], ...cells]);
}

/** The options as an object, by name with unit: `recvBufferBytes`, `keepAliveIdleMs`; a raw one by its numbers. */
export function socketOptionsJson(reports: readonly SocketOptionReport[]): Record<string, unknown> {
  return Object.fromEntries(
    reports.map(({ option, requested, effective = null, ...rest }) => [
      jsonName(option),
      { requested, effective, ...rest },
    ]),
  );
}

/** The option as the command line calls it: `nodelay`, also where the flag is `--no-nodelay`. */
function flagName(option: string): string {
  return findSocketOptionRow(option)?.flags[0].name.replace(/^no-/, "") ?? `sockopt ${rawOptionName(option)}`;
}

/** Rows of cells, each column as wide as its widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
}
