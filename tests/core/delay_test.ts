import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { delay, LONGEST_TIMER } from "../../lib/core/delay.ts";
import { fakeClock } from "../support/fake_clock.ts";

Deno.test("delay() waits on the real clock", async () => {
  const before = performance.now();
  await delay(20);
  // Timers count whole milliseconds and may be a fraction early.
  assertGreaterOrEqual(performance.now() - before, 19);
});

Deno.test("delay() waits as long as asked", async () => {
  using clock = fakeClock();
  let over = false;
  const waiting = delay(20).then(() => over = true);
  clock.advance(19.9);
  await Promise.resolve();
  assertEquals(over, false);
  clock.advance(0.1);
  await waiting;
});

Deno.test("delay() ends early, without an error and without a timer left, when its signal is aborted", async () => {
  using clock = fakeClock();
  const given = new AbortController();
  const waiting = delay(60_000, given.signal);
  assertEquals(clock.timers, 1);
  given.abort();
  assertEquals(clock.timers, 0);
  await waiting;
});

Deno.test("delay() does not begin under a signal that is aborted already", async () => {
  using clock = fakeClock();
  await delay(60_000, AbortSignal.abort());
  assertEquals(clock.timersSet, 0);
});

Deno.test("delay() waits 24.8 days where setTimeout() would fire at once", async () => {
  for (const ms of [LONGEST_TIMER, LONGEST_TIMER + 1, Infinity]) {
    using clock = fakeClock();
    const waiting = delay(ms);
    clock.advance(LONGEST_TIMER - 1);
    assertEquals(clock.timers, 1);
    clock.advance(1);
    await waiting;
  }
});

Deno.test("delay() takes its listener off the signal", async () => {
  const signal = new AbortController().signal;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  await delay(0, signal);
  assertEquals(listeners, 0);
});
