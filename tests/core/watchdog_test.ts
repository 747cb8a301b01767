import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { LONGEST_TIMER } from "../../lib/core/delay.ts";
import { timeLeft, Watchdog } from "../../lib/core/watchdog.ts";
import { fakeClock } from "../support/fake_clock.ts";

/** A watchdog that writes down when it was called, by `performance.now()`. */
function makeWatchdog(limit: number): { watchdog: Watchdog; calls: number[] } {
  const calls: number[] = [];
  return { watchdog: new Watchdog(limit, () => void calls.push(performance.now())), calls };
}

Deno.test("timeLeft() is 0 from the limit on, and at least 1 before", () => {
  const table: [limit: number, elapsed: number, left: number][] = [
    [100, 0, 100],
    [100, 40, 60],
    [100, 98.5, 1.5],
    [100, 99, 1],
    [100, 99.999, 1],
    [100, 100, 0],
    [100, 100.001, 0],
    [100, 1e9, 0],
    [0, 0, 0],
    [0.5, 0.1, 1],
    [Infinity, 1e9, Infinity],
  ];
  for (const [limit, elapsed, left] of table) assertEquals(timeLeft(limit, elapsed), left, `${limit}, ${elapsed}`);
});

Deno.test("Watchdog expires on the real clock, not before its limit", async () => {
  const { promise: expired, resolve } = Promise.withResolvers<void>();
  const watchdog = new Watchdog(20, resolve);
  const before = performance.now();
  watchdog.start();
  await expired;
  assertGreaterOrEqual(performance.now() - before, 20);
  assert(!watchdog.running);
});

Deno.test("Watchdog expires once, at its limit", () => {
  using clock = fakeClock();
  const { watchdog, calls } = makeWatchdog(100);
  assert(!watchdog.running);
  watchdog.start();
  assert(watchdog.running);
  clock.advance(99.9);
  assertEquals(calls, []);
  clock.advance(0.1);
  assertEquals(calls, [1100]);
  assert(!watchdog.running);
  clock.advance(1000);
  assertEquals([calls.length, clock.timers], [1, 0]);
});

Deno.test("Watchdog.touch() postpones the expiry, without a timer of its own", () => {
  using clock = fakeClock();
  const { watchdog, calls } = makeWatchdog(100);
  watchdog.start();
  for (let i = 0; i < 50; i++) {
    clock.advance(2);
    watchdog.touch();
  }
  assertEquals([clock.now, clock.timersSet], [1100, 2]);
  clock.advance(99);
  assertEquals(calls, []);
  clock.advance(1);
  assertEquals(calls, [1200]);
});

Deno.test("Watchdog.touch() does not start it", () => {
  using clock = fakeClock();
  const { watchdog } = makeWatchdog(5);
  watchdog.touch();
  assertEquals([watchdog.running, clock.timers], [false, 0]);
});

Deno.test("Watchdog.pause() lets time pass; start() counts from then on", () => {
  using clock = fakeClock();
  const { watchdog, calls } = makeWatchdog(100);
  watchdog.start();
  watchdog.pause();
  assert(!watchdog.running);
  clock.advance(150); // the timer fires in between, and finds nothing to do
  watchdog.touch();
  assertEquals([calls.length, watchdog.running, clock.timers], [0, false, 0]);
  watchdog.start();
  clock.advance(99);
  assertEquals(calls, []);
  clock.advance(1);
  assertEquals(calls, [1250]);
});

Deno.test("Watchdog.start() after a short pause takes the old timer and counts from the start", () => {
  using clock = fakeClock();
  const { watchdog, calls } = makeWatchdog(100);
  watchdog.start();
  clock.advance(50);
  watchdog.pause();
  clock.advance(10);
  watchdog.start();
  assertEquals(clock.timersSet, 1);
  clock.advance(99);
  assertEquals(calls, []);
  clock.advance(1);
  assertEquals(calls, [1160]);
});

Deno.test("Watchdog.start() while it runs begins anew", () => {
  using clock = fakeClock();
  const { watchdog, calls } = makeWatchdog(100);
  watchdog.start();
  clock.advance(60);
  watchdog.start();
  clock.advance(100);
  assertEquals([calls, clock.timers], [[1160], 0]);
});

Deno.test("Watchdog.stop() leaves no timer, running or paused, and start() works again", () => {
  using clock = fakeClock();
  const { watchdog, calls } = makeWatchdog(100);
  watchdog.start();
  watchdog.stop();
  watchdog.stop();
  assertEquals([watchdog.running, clock.timers], [false, 0]);
  watchdog.start();
  watchdog.pause();
  watchdog.stop();
  assertEquals([watchdog.running, clock.timers], [false, 0]);
  watchdog.start();
  clock.advance(100);
  assertEquals(calls, [1100]);
});

Deno.test("Watchdog does not spin when its timer fires a fraction early", () => {
  using clock = fakeClock();
  const { watchdog, calls } = makeWatchdog(0.5);
  watchdog.start();
  clock.advance(0.4);
  watchdog.touch(); // at 0.5 the timer finds 0.4 left, and waits a whole millisecond
  clock.advance(1.1);
  assertEquals([calls, clock.timersSet], [[1001.5], 2]);
});

Deno.test("Watchdog can be started again by what it calls", () => {
  using clock = fakeClock();
  let calls = 0;
  const watchdog: Watchdog = new Watchdog(10, () => {
    if (++calls < 3) watchdog.start();
  });
  watchdog.start();
  clock.advance(1000);
  assertEquals([calls, watchdog.running, clock.timers], [3, false, 0]);
});

Deno.test("Watchdog keeps limits of more than 24.8 days, where setTimeout() would fire at once", () => {
  using clock = fakeClock();
  const { watchdog, calls } = makeWatchdog(2 * LONGEST_TIMER);
  watchdog.start();
  clock.advance(2 * LONGEST_TIMER - 1);
  assertEquals([calls.length, clock.timersSet], [0, 2]);
  clock.advance(1);
  assertEquals(calls.length, 1);
  const endless = makeWatchdog(Infinity);
  endless.watchdog.start();
  clock.advance(10 * LONGEST_TIMER);
  assertEquals(endless.calls, []);
  endless.watchdog.stop();
});
