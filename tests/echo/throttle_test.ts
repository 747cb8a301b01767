import { assertEquals } from "@std/assert";
import { Throttle } from "../../lib/echo/throttle.ts";

/** When the trouble occurs and how many are told of then, with an interval of 1000 ms. */
const CASES: Record<string, [now: number, told: number][]> = {
  "the first is told at once, at any time": [[0, 1]],
  "also where the clock stands far from 0": [[123_456_789, 1]],
  "a second within the interval is not": [[0, 1], [999.9, 0]],
  "one exactly an interval later is": [[0, 1], [1000, 1]],
  "those that went untold are counted in": [[0, 1], [1, 0], [2, 0], [500, 0], [1000, 4]],
  "the interval counts from the last telling": [[0, 1], [1500, 1], [2000, 0], [2499, 0], [2500, 3]],
  "many at the same time": [[5, 1], [5, 0], [5, 0], [5, 0], [1005, 4], [1005, 0]],
  "after a long silence": [[0, 1], [10, 0], [1_000_000, 2], [1_000_001, 0]],
};

for (const [name, steps] of Object.entries(CASES)) {
  Deno.test(`Throttle: ${name}`, () => {
    const throttle = new Throttle(1000);
    assertEquals(steps.map(([now]) => [now, throttle.admit(now)]), steps);
  });
}

Deno.test("Throttle tells of each occurrence exactly once", () => {
  const throttle = new Throttle(7);
  let told = 0;
  for (let now = 0; now < 1000; now++) told += throttle.admit(now);
  assertEquals(told + throttle.admit(1e9), 1001);
});
