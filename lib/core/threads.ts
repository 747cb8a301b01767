import { quote } from "./quote.ts";

/** Threads at most: more than the processors of any machine this is likely to meet. Each takes some 12 MB. */
export const MOST_THREADS = 1024;

/** Whether that is a number of threads. */
export function isThreadCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= MOST_THREADS;
}

/**
 * Reads a number of threads; `auto` is one for each processor.
 *
 * @throws {RangeError} if it is none.
 */
export function parseThreads(text: string): number {
  const count = text === "auto" ? navigator.hardwareConcurrency : Number(text);
  if (/^(auto|\d+)$/.test(text) && isThreadCount(count)) return count;
  throw new RangeError(`bad number of threads ${quote(text)}: use auto or a whole number from 1 to ${MOST_THREADS}`);
}
