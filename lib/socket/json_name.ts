import type { SocketOptionRow } from "./option_row.ts";
import { findSocketOptionRow } from "./options.ts";

const UNITS: Partial<Record<SocketOptionRow["type"], string>> = { milliseconds: "Ms", bytes: "Bytes" };

/** The name of an option in JSON, with its unit: `recvBufferBytes`, `keepAliveIdleMs`; of a raw one its numbers. */
export function jsonName(option: string): string {
  const row = findSocketOptionRow(option);
  const name = option.replace(/\.(.)/, (_, letter: string) => letter.toUpperCase());
  return name + (row ? jsonUnit(row) : "");
}

/** What the names of an option's values end with in JSON: `Ms`, `Bytes` or nothing. */
export function jsonUnit({ type }: SocketOptionRow): string {
  return UNITS[type] ?? "";
}
