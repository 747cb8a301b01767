import { delay } from "../core/delay.ts";

/** Milliseconds of one look, and how many in a row must show nothing new. */
const LOOK = 10;
const QUIET_LOOKS = 3;

/**
 * Waits until a count stands still, for 30 ms by the clock of an event loop that has time for it: a timer that fires late
 * says that the loop was busy and may not have come to what is being counted.
 *
 * @param count What is counted; it only grows.
 * @param limit Milliseconds after which it returns anyway.
 */
export async function untilQuiet(count: () => number, limit: number): Promise<void> {
  const since = performance.now();
  let before = count();
  for (let quiet = 0; quiet < QUIET_LOOKS && performance.now() - since < limit;) {
    const start = performance.now();
    await delay(LOOK);
    const late = performance.now() - start > 2 * LOOK;
    quiet = count() === before && !late ? quiet + 1 : 0;
    before = count();
  }
}
