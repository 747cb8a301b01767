/**
 * Figures as people read them: a unit that fits and three significant digits. `–` stands for what is not known.
 *
 * @module
 */

const TIMES: readonly [number, string][] = [[1e-6, "ns"], [1e-3, "µs"], [1, "ms"], [1000, "s"]];
const THOUSANDS: readonly [number, string][] = [[1, ""], [1e3, "k"], [1e6, "M"], [1e9, "G"], [1e12, "T"]];
const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** What is printed where there is no figure. */
export const NO_FIGURE = "–";

/** Three significant digits, and never fewer than the whole part has. */
export function digits(value: number): string {
  return Math.abs(value) >= 999.5 ? String(Math.round(value)) : value.toPrecision(3);
}

/** A value in the largest unit of which it is at least one. It is rounded first: 999.9 µs are 1.00 ms. */
function scaled(value: number, units: readonly [number, string][]): string {
  const size = Math.abs(Number(value.toPrecision(3)));
  let [step, name] = units[0];
  for (const unit of units) if (size >= unit[0]) [step, name] = unit;
  return `${digits(value / step)}${name}`;
}

/** Milliseconds as `12.5ms`, `980µs` or `1.25s`. */
export function timeText(ms: number | null): string {
  if (ms === null) return NO_FIGURE;
  return ms === 0 ? "0s" : scaled(ms, TIMES);
}

/** A number per second, or another that need not be whole, as `523`, `52.3k` or `1.20M` (powers of 1000). */
export function rateText(perSecond: number | null): string {
  if (perSecond === null) return NO_FIGURE;
  // Below a thousand nothing is gained by ".00" after a whole number.
  return Number.isInteger(perSecond) && Math.abs(perSecond) < 1000 ? String(perSecond) : scaled(perSecond, THOUSANDS);
}

/** Bytes per second as bits: `9.41Gbit/s` (powers of 1000, as networks are sold). */
export function bitRateText(bytesPerSecond: number): string {
  const bits = scaled(bytesPerSecond * 8, THOUSANDS);
  return bytesPerSecond === 0 ? "0bit/s" : `${bits}bit/s`;
}

/** Bytes as `512B`, `3.19MiB` (powers of 1024). */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)}B`;
  let power = 1;
  while (power < SIZES.length - 1 && Math.round(bytes / 1024 ** power) >= 1024) power++;
  return `${digits(bytes / 1024 ** power)}${SIZES[power]}`;
}

/** A size as it was asked, exactly: `64B`, `64KiB`, `1,500B`. */
export function sizeText(bytes: number): string {
  let power = 0;
  while (power < SIZES.length - 1 && bytes > 0 && bytes % 1024 ** (power + 1) === 0) power++;
  return `${countText(bytes / 1024 ** power)}${SIZES[power]}`;
}

/** A number with all its digits and its thousands apart: `523,104`. */
export function countText(count: number): string {
  return String(count).replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}

/** A share of one as `12.5%`. */
export function percentText(share: number): string {
  return share === 0 ? "0%" : `${digits(share * 100)}%`;
}
