import { quote } from "../core/quote.ts";
import { parseDuration, parseRate, parseSize } from "../core/units.ts";
import type { GateUnit } from "./gate_metrics.ts";

/**
 * Reads the value of a gate: in milliseconds, percent, bytes per second or as a number, by its unit.
 *
 * @param gate The gate's text, for the error.
 * @throws {SyntaxError} if it is no such value.
 * @throws {RangeError} if it is too large, or a size that is no whole number of bytes.
 */
export function parseGateValue(text: string, unit: GateUnit, gate: string): number {
  const value = READERS[unit](text);
  if (value === undefined) throw new SyntaxError(`bad gate ${quote(gate)}: ${quote(text)} is ${WANTED[unit]}`);
  if (Number.isFinite(value)) return value;
  throw new RangeError(`bad gate ${quote(gate)}: ${quote(text)} is too large`);
}

const WANTED: Record<GateUnit, string> = {
  ms: "not a duration with its unit: use us, ms, s, m or h, such as 200us or 5ms",
  count: "not a number: use digits, with k or M for thousands and millions",
  "requests/s": "not a rate: use requests per second, such as 500 or 10k",
  "bytes/s": "not bytes per second: use a size, such as 64k or 1M",
  "%": "not a share: use percent, such as 5%",
};

const READERS: Record<GateUnit, (text: string) => number | undefined> = {
  ms: readDuration,
  count: readThousands,
  "requests/s": readThousands,
  "bytes/s": readSize,
  "%": (text) => /^[+-]?(\d+(\.\d+)?|\.\d+)%$/.test(text) ? Number(text.slice(0, -1)) : undefined,
};

/**
 * Unlike elsewhere a duration needs its unit: `p99>5` would mean five seconds, and let pass what should have failed. And
 * microseconds are allowed: that is what an echo in one machine takes.
 */
function readDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?|\.\d+)(us|\u00b5s|\u03bcs|ms|s|m|h)$/.exec(text) ?? [];
  if (unit === undefined) return undefined;
  return /^[u\u00b5\u03bc]/.test(unit) ? Number(number) / 1000 : parseDuration(text);
}

/** Powers of 1000, as rates have them. */
function readThousands(text: string): number | undefined {
  try {
    return parseRate(text);
  } catch {
    return undefined; // told with the whole gate
  }
}

/** Powers of 1024, as sizes have them. */
function readSize(text: string): number | undefined {
  const size = text.replace(/\/s$/, "");
  return /^\d+(\.\d+)?([kmgt](i?b)?|b)?$/i.test(size) ? parseSize(size) : undefined;
}
