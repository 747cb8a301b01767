import { delay } from "../../lib/core/delay.ts";

/** Tries at most, a millisecond apart. */
const MOST_TRIES = 2000;

/**
 * Does what needs an address that was just given up, again while that is in use: a program that another test starts holds
 * copies of all descriptors of this process for about a millisecond.
 */
export async function whenFree<T>(work: () => T): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || tries === MOST_TRIES) throw error;
      await delay(1);
    }
  }
}
