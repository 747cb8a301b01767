/**
 * A clock that stands still until a test moves it: `setTimeout`, `clearTimeout` and `performance.now()`.
 *
 * @module
 */

/** The clock of a test, in milliseconds. */
export interface FakeClock extends Disposable {
  /** What `performance.now()` says. */
  readonly now: number;
  /** Timers set and neither fired nor cleared. */
  readonly timers: number;
  /** Timers set so far. */
  readonly timersSet: number;
  /** Moves the time on, firing what falls due on the way, in order. */
  advance(ms: number): void;
}

interface Timer {
  due: number;
  call: () => void;
}

/** Puts a fake clock in the place of the real one until it is disposed of. It starts at 1000. */
export function fakeClock(): FakeClock {
  const real = { setTimeout, clearTimeout, now: performance.now };
  const timers = new Map<number, Timer>();
  let [now, set] = [1000, 0];

  function fireUntil(end: number): void {
    for (let fired = 0; fired < 10_000; fired++) {
      const [next] = [...timers].sort((a, b) => a[1].due - b[1].due || a[0] - b[0]);
      if (next === undefined || next[1].due > end) return;
      timers.delete(next[0]);
      now = next[1].due;
      next[1].call();
    }
    throw new Error("10,000 timers fired: something spins");
  }

  Object.assign(globalThis, {
    setTimeout(call: () => void, ms = 0): number {
      // As the real one: what does not fit in 31 bits fires at once.
      timers.set(++set, { due: now + (ms >= 2 ** 31 ? 1 : ms), call });
      return set;
    },
    clearTimeout: (id: number) => timers.delete(id),
  });
  performance.now = () => now;

  return {
    get now() {
      return now;
    },
    get timers() {
      return timers.size;
    },
    get timersSet() {
      return set;
    },
    advance(ms) {
      const end = now + ms;
      fireUntil(end);
      now = end;
    },
    [Symbol.dispose]() {
      Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
      performance.now = real.now;
    },
  };
}

/** Lets everything go on that waits for nothing but promises that are settled, some steps deep. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
