import { formatDuration } from "../core/units.ts";
import { libcPlatform } from "./libc.ts";
import type { SocketOptionRow } from "./option_row.ts";

/**
 * Checks a value against the table.
 *
 * @throws {TypeError} if it is of the wrong type.
 * @throws {RangeError} if it is out of range, or not one that the kernel can take exactly.
 */
export function checkValue(row: SocketOptionRow, value: unknown): void {
  const fail = (ErrorClass: typeof TypeError | typeof RangeError, remedy: string) => {
    throw new ErrorClass(
      `cannot set ${row.name} to ${typeof value === "string" ? `"${value}"` : String(value)}: ${remedy}`,
    );
  };
  if (row.name === "linger" && value === false) return;
  if (row.type === "boolean") {
    if (typeof value !== "boolean") fail(TypeError, "use true or false");
  } else if (row.type === "text" || row.type === "address") {
    if (typeof value !== "string") return fail(TypeError, "use a text");
    // 15 bytes and a zero, IFNAMSIZ and TCP_CA_NAME_MAX: the kernel would cut a longer one short.
    const isName = /^[^\0/\s]+$/.test(value) && new TextEncoder().encode(value).length <= 15;
    if (row.type === "text" && !isName) fail(TypeError, "use a name of 1 to 15 bytes, without blanks");
  } else {
    checkNumber(row, value, fail);
  }
}

function checkNumber(
  row: SocketOptionRow,
  value: unknown,
  fail: (ErrorClass: typeof TypeError | typeof RangeError, remedy: string) => void,
): void {
  const [least, most] = row.range!;
  const unit = { milliseconds: " ms", bytes: " bytes" }[row.type as string] ?? "";
  if (typeof value !== "number") return fail(TypeError, `use a number from ${least} to ${most}${unit}`);
  if (!(value >= least && value <= most)) {
    const times = row.type === "milliseconds" ? ` (${formatDuration(least)} to ${formatDuration(most)})` : "";
    fail(RangeError, `use ${least} to ${most}${unit}${times}`);
  }
  const step = stepOf(row);
  if (value % step === 0) return;
  const nearest = step * Math.min(Math.max(Math.round(value / step), Math.ceil(least / step)), Math.floor(most / step));
  const shown = row.type === "milliseconds" ? `${nearest} ms (${formatDuration(nearest)})` : `${nearest}${unit}`;
  fail(RangeError, `the kernel takes whole ${step === 1000 ? "seconds" : "numbers"} only, the nearest is ${shown}`);
}

/** What the kernel counts in, in the unit of the option. */
function stepOf(row: SocketOptionRow): number {
  const codec = (row.constants[libcPlatform() ?? "windows"] ?? row.constants.linux)?.any[2];
  return row.type === "milliseconds" && (codec === "seconds" || codec === "linger") ? 1000 : 1;
}
