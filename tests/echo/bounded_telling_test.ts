import { assertEquals } from "@std/assert";
import { BoundedTelling } from "../../lib/echo/bounded_telling.ts";
import { fakeClock } from "../support/fake_clock.ts";

/** What is told, and when, of events at these times, on an interval of 1000 ms. */
const CASES: Record<string, [events: number[], told: [now: number, count: number, last: number][]]> = {
  "the first is told at once": [[0], [[0, 1, 0]]],
  "those that follow are told together, an interval later": [[0, 1, 2, 900], [[0, 1, 0], [1000, 3, 900]]],
  "one exactly an interval later is told with them": [[0, 1, 1000], [[0, 1, 0], [1000, 1, 1], [2000, 1, 1000]]],
  "a steady stream is told once an interval": [
    [0, 300, 600, 900, 1200, 1500, 1800, 2100],
    [[0, 1, 0], [1000, 3, 900], [2000, 3, 1800], [3000, 1, 2100]],
  ],
  "after a silence the next is told at once": [[0, 5000, 5001], [[0, 1, 0], [5000, 1, 5000], [6000, 1, 5001]]],
};

for (const [name, [events, expected]] of Object.entries(CASES)) {
  Deno.test(`BoundedTelling: ${name}`, () => {
    using clock = fakeClock();
    const began = clock.now;
    const told: [number, number, number][] = [];
    const telling = new BoundedTelling<number>(1000, (count, last) => told.push([clock.now - began, count, last]));
    for (const at of events) {
      clock.advance(began + at - clock.now);
      telling.note(at);
    }
    clock.advance(10_000);
    assertEquals(told, expected);
    assertEquals(clock.timers, 0);
  });
}

Deno.test("BoundedTelling: stopped, it tells no more and leaves no timer", () => {
  using clock = fakeClock();
  const told: number[] = [];
  const telling = new BoundedTelling<string>(1000, (count) => told.push(count));
  telling.note("told");
  telling.note("untold");
  telling.stop();
  clock.advance(5000);
  assertEquals([told, clock.timers], [[1], 0]);
});
