import { assertEquals } from "@std/assert";
import { createRunningStats } from "../../lib/measure/running_stats.ts";
import { assertClose } from "../support/assert_close.ts";
import { seededRandom } from "../support/bytes.ts";

function statsOf(samples: Iterable<number>) {
  const stats = createRunningStats();
  for (const sample of samples) stats.record(sample);
  return stats;
}

Deno.test("RunningStats: figures of a few samples", () => {
  assertEquals(statsOf([]).summary(), { count: 0, min: null, mean: null, stddev: null, max: null });
  assertEquals(statsOf([3]).summary(), { count: 1, min: 3, mean: 3, stddev: 0, max: 3 });
  assertEquals(statsOf([0]).summary(), { count: 1, min: 0, mean: 0, stddev: 0, max: 0 });
  // The population standard deviation, as ping prints it: divided by 8, not by 7.
  const few = statsOf([2, 4, 4, 4, 5, 5, 7, 9]);
  assertEquals(few.summary(), { count: 8, min: 2, mean: 5, stddev: 2, max: 9 });
  few.add({ count: 0, min: 1, mean: 1, stddev: 1, max: 1 });
  assertEquals(few.summary().mean, 5);
  few.reset();
  few.add({ count: 0, min: 1, mean: 1, stddev: 1, max: 1 });
  assertEquals(few.summary(), statsOf([]).summary());
});

Deno.test("RunningStats: a deviation that is small beside the mean keeps its digits", () => {
  // Sums of squares have no digit left here: 1e18 + 22.5 needs 60 bits.
  const { mean, stddev } = statsOf([4, 7, 13, 16].map((sample) => sample + 1e9)).summary();
  assertEquals([mean, stddev], [1e9 + 10, Math.sqrt(22.5)]);
});

Deno.test("RunningStats: parts that are added are the whole", () => {
  const random = seededRandom(1);
  const samples = Array.from({ length: 1000 }, () => random(1_000_000) / 1000);
  const whole = statsOf(samples).summary();
  const sum = createRunningStats();
  for (const [from, to] of [[0, 1], [1, 1], [1, 500], [500, 503], [503, 1000]]) {
    sum.add(statsOf(samples.slice(from, to)).summary());
  }
  const { count, min, mean, stddev, max } = sum.summary();
  assertEquals([count, min, max], [whole.count, whole.min, whole.max]);
  assertClose(mean, whole.mean!, 1e-10);
  assertClose(stddev, whole.stddev!, 1e-10);
});

Deno.test("RunningStats: what is added to nothing comes out to the last bit", () => {
  const random = seededRandom(2);
  for (let round = 0; round < 1000; round++) {
    const summary = {
      count: 1 + random(10 ** (1 + random(9))),
      min: random(1e6) / 3e6,
      mean: random(1e9) / 7e5,
      stddev: random(2 ** 31) / 2 ** random(40) / 3,
      max: random(1e9) / 3e3,
    };
    const stats = createRunningStats();
    stats.add(summary);
    assertEquals(stats.summary(), summary);
  }
});

Deno.test("RunningStats: what was given is not told any more once a sample came, or it was reset", () => {
  const stats = createRunningStats();
  const given = { count: 2, min: 1, mean: 2, stddev: 1, max: 3 };
  stats.add(given);
  stats.record(2);
  assertEquals(stats.summary(), { count: 3, min: 1, mean: 2, stddev: Math.sqrt(2 / 3), max: 3 });
  stats.reset();
  stats.record(5);
  stats.record(7);
  assertEquals(stats.summary(), { count: 2, min: 5, mean: 6, stddev: 1, max: 7 });
  stats.add(given);
  assertEquals(stats.summary(), { count: 4, min: 1, mean: 4, stddev: Math.sqrt(5), max: 7 });
});
