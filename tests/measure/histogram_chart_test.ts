import { assert, assertEquals } from "@std/assert";
import { PERCENTILES } from "../../lib/measure/distribution.ts";
import { createHistogram, type Histogram } from "../../lib/measure/histogram.ts";
import { isTold } from "../../lib/measure/percentile_rank.ts";
import { percentileSteps } from "../../lib/measure/percentile_steps.ts";
import { seededRandom } from "../support/bytes.ts";

async function histogramWith(times: Iterable<number>): Promise<Histogram> {
  const histogram = await createHistogram();
  for (const ms of times) histogram.record(ms);
  return histogram;
}

Deno.test("percentileSteps(): rising, the usual ones among them, none that is chance, none missing", () => {
  for (const count of [1, 10, 11, 19, 20, 1000, 12_345, 1_000_000, 1e9]) {
    const steps = percentileSteps(count);
    assertEquals(steps[0], 0);
    assertEquals(steps.slice(1).filter((step) => !isTold(step, count)), []);
    assertEquals(PERCENTILES.filter((p) => isTold(p, count) && !steps.includes(p)), []);
    for (let at = 1; at < steps.length; at++) {
      const [before, here] = [100 - steps[at - 1], 100 - steps[at]];
      assert(here < before && here > before * 0.9, `${count}: from ${steps[at - 1]} to ${steps[at]}`);
    }
    // The last leaves no room for another eighth of a halving.
    assert(
      count < 20 || (100 - steps.at(-1)!) / 100 * count < 10 * 2 ** (1 / 8) + 1,
      `${count}: ends at ${steps.at(-1)}`,
    );
  }
});

Deno.test("curve(): from the shortest to the longest, never falling, each point the percentile itself", async () => {
  const random = seededRandom(4);
  const histogram = await histogramWith(Array.from({ length: 5000 }, () => 1 + random(1e6) ** 2 / 1e10));
  const curve = histogram.curve();
  assertEquals(curve.map(({ percentile }) => percentile), [...percentileSteps(5000), 100]);
  assertEquals([curve[0].ms, curve.at(-1)!.ms], [histogram.minMs, histogram.maxMs]);
  for (const [at, { percentile, ms }] of curve.entries()) {
    assertEquals(ms, histogram.percentileMs(percentile));
    assert(at === 0 || ms >= curve[at - 1].ms);
  }
  assertEquals((await histogramWith([5])).curve(), [{ percentile: 0, ms: 5 }, { percentile: 100, ms: 5 }]);
});

/** What every set of bars has: it begins at the shortest, ends at the longest, has no gap and leaves out no sample. */
function checkBars(histogram: Histogram, most: number) {
  const bars = histogram.buckets(most);
  assert(bars.length >= 1 && bars.length <= most, `${bars.length} bars of ${most}`);
  assertEquals([bars[0].fromMs, bars.at(-1)!.toMs], [histogram.minMs, histogram.maxMs]);
  for (let at = 1; at < bars.length; at++) {
    assertEquals(bars[at].fromMs, bars[at - 1].toMs);
    assert(bars[at].fromMs > bars[at - 1].fromMs);
  }
  assertEquals(bars.reduce((sum, { count }) => sum + count, 0), histogram.count);
  return bars;
}

Deno.test("buckets(): bars of equal width where there is no tail", async () => {
  const histogram = await histogramWith(Array.from({ length: 1000 }, (_, at) => 1 + at / 1000));
  const bars = checkBars(histogram, 10);
  assertEquals(bars.length, 10);
  for (const { fromMs, toMs, count } of bars) {
    assert(Math.abs(toMs - fromMs - 0.0999) < 1e-9 && Math.abs(count - 100) <= 1, `${fromMs} to ${toMs}: ${count}`);
  }
});

Deno.test("buckets(): a tail goes into the last bar and leaves the others their shape", async () => {
  const body = Array.from({ length: 990 }, (_, at) => 1 + at / 1000);
  const bars = checkBars(await histogramWith([...body, ...Array.from({ length: 9 }, () => 5), 2000]), 11);
  assertEquals(bars.length, 11);
  assertEquals(bars.slice(0, 10).map(({ count }) => Math.round(count / 10)), Array.from({ length: 10 }, () => 10));
  assertEquals([bars[10].count, bars[10].toMs], [11, 2000]); // the 99th percentile itself opens the tail
});

Deno.test("buckets(): no bar is narrower than what the counts tell apart", async () => {
  // Four microseconds in a row: twenty bars would be empty now and then.
  const few = checkBars(await histogramWith([0.03, 0.031, 0.031, 0.032, 0.033]), 20);
  assertEquals(few.map(({ count }) => count), [1, 2, 2]);
  // From 8.192 ms on a bucket is 8 µs wide.
  const wide = checkBars(await histogramWith(Array.from({ length: 1000 }, (_, at) => 9 + at / 10_000)), 20);
  assert(wide.length <= 13 && wide.every(({ count }) => count > 0), JSON.stringify(wide));
});

Deno.test("buckets(): samples of one bucket of the counts fall where its middle is", async () => {
  // Buckets are 64 µs wide here: that of 100.04 ms begins at 100.032 ms, and more of it lies beyond the edge than before.
  const bars = (await histogramWith([99.99, 100.04, 100.118])).buckets(2);
  assert(bars[0].toMs > 100.05 && bars[0].toMs < 100.06);
  assertEquals(bars.map(({ count }) => count), [1, 2]);
});

Deno.test("buckets(): corners", async () => {
  assertEquals(await histogramWith([3]).then((one) => one.buckets(10)), [{ fromMs: 3, toMs: 3, count: 1 }]);
  assertEquals(checkBars(await histogramWith([3, 3, 3]), 5).length, 1);
  assertEquals(checkBars(await histogramWith([1, 2, 1000]), 1), [{ fromMs: 1, toMs: 1000, count: 3 }]);
  checkBars(await histogramWith([1, 1, 1, 9]), 2);
  checkBars(await histogramWith([0, 1e300]), 7);
  // A tail of one microsecond, beside one that is no wider: no bar of its own.
  const near = await histogramWith([...Array.from({ length: 200 }, () => 1), 1.001]);
  assertEquals(near.buckets(7), [{ fromMs: 1, toMs: 1.001, count: 201 }]);
  checkBars(await histogramWith([...Array.from({ length: 200 }, () => 1), 50]), 7); // all at p99, one beyond
  const random = seededRandom(5);
  for (let round = 0; round < 200; round++) {
    const spread = 10 ** random(6);
    const times = Array.from({ length: 1 + random(300) }, () => random(1000) / 1000 + random(spread) ** 2 / spread);
    checkBars(await histogramWith(times), 1 + random(30));
  }
});
