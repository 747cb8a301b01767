/**
 * What tests of faults share: an outlet that notes what comes out of a fault and when, and a clock that is moved on until
 * something is done.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Outlet, OutletEnd } from "../../lib/echo/fault_outlet.ts";
import { concat } from "./bytes.ts";
import type { FakeClock } from "./fake_clock.ts";

/** Notes what comes, at the time of `performance.now()`. */
export class RecordingOutlet implements Outlet {
  readonly chunks: { at: number; bytes: Uint8Array }[] = [];
  readonly ends: { at: number; how: OutletEnd }[] = [];
  /** What the next write is to fail with. */
  failure: Error | undefined;

  write(bytes: Uint8Array): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.chunks.push({ at: performance.now(), bytes: bytes.slice() });
    return Promise.resolve();
  }

  end(how: OutletEnd): Promise<void> {
    this.ends.push({ at: performance.now(), how });
    return Promise.resolve();
  }

  /** All bytes that came. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return concat(this.chunks.map(({ bytes }) => bytes));
  }

  /** How long each chunk was. */
  get lengths(): number[] {
    return this.chunks.map(({ bytes }) => bytes.length);
  }
}

/** Lets everything happen that waits for no time, however many steps deep: a turn of the event loop, of which no clock knows. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Moves the clock on, a millisecond at a time, until a promise settles; fails if it has not after `most` of them. */
export async function advanceUntil<T>(clock: FakeClock, promise: Promise<T>, most = 100_000): Promise<T> {
  let settled = false;
  const done = () => settled = true;
  promise.then(done, done);
  for (let steps = 0;; steps++) {
    await turn();
    if (settled) return await promise;
    if (steps === most) throw new Error(`nothing came of it in ${most} ms`);
    clock.advance(1);
  }
}

/** Moves the clock on, a millisecond at a time, so that what a timer begins happens at its time. */
export async function advanceBy(clock: FakeClock, ms: number): Promise<void> {
  for (let step = 0; step < ms; step++) {
    await turn();
    clock.advance(1);
  }
  await turn();
}
