/**
 * The longest time, in milliseconds, that a timer can be set to (24.8 days): given more, `setTimeout()` fires at once.
 */
export const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Waits. An abort ends the wait early and without an error: whoever waits looks at the signal anyway.
 *
 * @param ms Milliseconds, cut at {@linkcode LONGEST_TIMER}.
 */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER));
    signal?.addEventListener("abort", done);
  });
}

/**
 * Waits until a time of `performance.now()`, or an abort: a timer may fire a little early, and is limited.
 */
export async function delayUntil(time: number, signal: AbortSignal): Promise<void> {
  for (let left = time - performance.now(); left > 0 && !signal.aborted; left = time - performance.now()) {
    await delay(left, signal);
  }
}

/** Waits for a promise, at most so many milliseconds; what it rejects with is passed on. */
export async function waitAtMost(ms: number, promise: Promise<void>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([promise, delay(ms, over.signal)]);
  } finally {
    over.abort();
  }
}
