import type { SocketOptionRow } from "./option_row.ts";
import { SOCKET_OPTIONS } from "./options.ts";

const UNITS: Partial<Record<SocketOptionRow["type"], string>> = { milliseconds: "Ms", bytes: "Bytes" };

/** The name of an option in JSON, with its unit: `recvBufferBytes`, `keepAliveIdleMs`; of a raw one its numbers. */
export function jsonName(option: string): string {
  const row = (SOCKET_OPTIONS as readonly SocketOptionRow[]).find(({ name }) => name === option);
  const name = option.replace(/\.(.)/, (_, letter: string) => letter.toUpperCase());
  return name + (row ? UNITS[row.type] ?? "" : "");
}
