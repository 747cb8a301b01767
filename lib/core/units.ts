import { quote } from "./quote.ts";

const MS_PER_UNIT: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SIZE_POWERS = ["", "k", "m", "g", "t"];
const RATE_POWERS = ["", "k", "m", "g"];

/** Milliseconds above which a number has no whole nanoseconds any more: 104 days. */
const MOST_WITH_NANOSECONDS = Number.MAX_SAFE_INTEGER / 1e6;

/**
 * Reads a duration: `500ms`, `3.5s`, `2m`, `1h` or plain seconds.
 *
 * @returns Milliseconds.
 * @throws {SyntaxError} if the text is not a duration.
 * @throws {RangeError} if it is 2^53 milliseconds (285,000 years) or more.
 *
 * @example
 * ```ts
 * import { parseDuration } from "@sounder/tcp";
 *
 * parseDuration("3.5s"); // 3500
 * parseDuration("2"); // 2000
 * ```
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h)?$/.exec(text);
  if (!match) {
    throw new SyntaxError(`bad duration ${quote(text)}: use a number with ms, s, m or h, such as 500ms or 3.5s`);
  }
  const ms = roundMs(Number(match[1]) * MS_PER_UNIT[match[2] ?? "s"]);
  if (ms > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`bad duration ${quote(text)}: use less than 2^53 milliseconds (285,000 years)`);
  }
  return ms;
}

/** Whole nanoseconds: 1.001s * 1000 must not become 1000.9999999999999, nor a difference of two times print 17 digits. */
function roundMs(ms: number): number {
  return ms > MOST_WITH_NANOSECONDS ? ms : Math.round(ms * 1e6) / 1e6;
}

/**
 * Milliseconds, to the nanosecond, as a short text that {@linkcode parseDuration} reads back: `500ms`, `3.5s`.
 */
export function formatDuration(ms: number): string {
  ms = roundMs(ms);
  // From a month on, the division may cost the last nanosecond.
  const isSeconds = ms >= 1000 && roundMs(ms / 1000 * 1000) === ms;
  return isSeconds ? `${ms / 1000}s` : `${ms}ms`;
}

/**
 * Reads a size: `64k`, `64KiB`, `1M` or plain bytes. Units are powers of 1024.
 *
 * @returns Bytes, a whole number.
 * @throws {SyntaxError} if the text is not a size.
 * @throws {RangeError} if it is not a whole number of bytes below 2^53.
 *
 * @example
 * ```ts
 * import { parseSize } from "@sounder/tcp";
 *
 * parseSize("64k"); // 65536
 * parseSize("1M"); // 1048576
 * ```
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:([kmgt])(?:i?b)?|b)?$/i.exec(text);
  if (!match) throw new SyntaxError(`bad size ${quote(text)}: use bytes or a number with k, M or G, such as 64k or 1M`);
  const bytes = Number(match[1]) * 1024 ** SIZE_POWERS.indexOf((match[2] ?? "").toLowerCase());
  if (!Number.isSafeInteger(bytes)) {
    throw new RangeError(`bad size ${quote(text)}: not a whole number of bytes below 2^53`);
  }
  return bytes;
}

/**
 * Reads a rate, per second: `500`, `10k`, `1.5M`. Units are powers of 1000.
 *
 * @throws {SyntaxError} if the text is not a rate.
 * @throws {RangeError} if it is 2^53 or more.
 *
 * @example
 * ```ts
 * import { parseRate } from "@sounder/tcp";
 *
 * parseRate("10k"); // 10000
 * ```
 */
export function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)([kmg])?$/i.exec(text);
  if (!match) throw new SyntaxError(`bad rate ${quote(text)}: use a number with k or M, such as 500 or 10k`);
  const rate = Number(match[1]) * 1000 ** RATE_POWERS.indexOf((match[2] ?? "").toLowerCase());
  if (rate > Number.MAX_SAFE_INTEGER) throw new RangeError(`bad rate ${quote(text)}: use less than 2^53 per second`);
  return rate;
}
