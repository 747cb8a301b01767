import { assert, assertEquals, assertThrows } from "@std/assert";
import { PERCENTILES } from "../../lib/measure/distribution.ts";
import { createHistogram, type Histogram, histogramOf } from "../../lib/measure/histogram.ts";
import { percentileRank } from "../../lib/measure/percentile_rank.ts";
import { assertClose } from "../support/assert_close.ts";
import { seededRandom } from "../support/bytes.ts";

async function histogramWith(times: Iterable<number>): Promise<Histogram> {
  const histogram = await createHistogram();
  for (const ms of times) histogram.record(ms);
  return histogram;
}

/** Times as networks have them: most near each other, some a thousand times as long. */
function randomTimes(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => 0.02 * 10 ** ((random(1e9) / 1e9) ** 4 * 6) * (1 + random(1e6) / 1e6));
}

Deno.test("Histogram: nothing recorded, nothing told", async () => {
  const histogram = await createHistogram();
  const { count, minMs, meanMs, stddevMs, maxMs } = histogram;
  assertEquals([count, minMs, meanMs, stddevMs, maxMs], [0, null, null, null, null]);
  assertEquals(histogram.percentileMs(50), null);
  assertEquals(histogram.curve(), []);
  assertEquals(histogram.buckets(10), []);
  const { percentilesMs, histogram: encoded } = histogram.distribution();
  assertEquals(Object.values(percentilesMs), PERCENTILES.map(() => null));
  assert(encoded.startsWith("HISTFAAAA"));
});

Deno.test("Histogram: count, minimum, mean, deviation and maximum are exact", async () => {
  const histogram = await histogramWith([2, 4, 4, 4, 5, 5, 7, 9].map((ms) => ms + 0.0001234));
  assertEquals([histogram.count, histogram.minMs, histogram.maxMs], [8, 2.0001234, 9.0001234]);
  assertClose(histogram.meanMs, 5.0001234, 1e-12);
  assertClose(histogram.stddevMs, 2, 1e-12);
  histogram.reset();
  assertEquals(histogram.distribution(), (await createHistogram()).distribution());
});

Deno.test("Histogram: percentiles are those of the sorted samples, to 3 significant digits or a microsecond", async () => {
  for (const [seed, count] of [[1, 1], [2, 2], [3, 19], [4, 1000], [5, 1001], [6, 50_000]]) {
    const times = randomTimes(count, seed);
    const histogram = await histogramWith(times);
    const sorted = Float64Array.from(times).sort();
    for (const percentile of [0, 1, 10, 33.3, ...PERCENTILES, 99.9999, 100]) {
      const exact = sorted[percentileRank(percentile, count) - 1];
      const told = histogram.percentileMs(percentile)!;
      const what = `seed ${seed}: p${percentile} is ${told}, exactly ${exact}`;
      assert(Math.abs(told - exact) <= Math.max(0.0005, exact / 1000) + 1e-12, what);
    }
    assertEquals(histogram.percentileMs(100), sorted[count - 1]);
    assertEquals(histogram.percentileMs(0), sorted[0]);
  }
});

Deno.test("Histogram: a microsecond and an hour, and what lies beyond them", async () => {
  const hour = 3_600_000;
  const table: [ms: number, fromMs: number, toMs: number][] = [
    [0, 0.001, 0.001],
    [0.0004, 0.001, 0.001],
    [0.001, 0.001, 0.001],
    [0.0015, 0.002, 0.002],
    [2.047, 2.047, 2.047],
    [2.048, 2.048, 2.049],
    [hour - 1, hour - 1, hour * 1.001],
    [hour, hour, hour * 1.001],
    [hour + 1, hour, hour * 1.001],
    [2 * hour, hour, hour * 1.001],
    [1e300, hour, hour * 1.001],
  ];
  for (const [ms, fromMs, toMs] of table) {
    // Two that surround it: the exact minimum and maximum do not show what was counted.
    const histogram = await histogramWith([0, ms, 1e301]);
    const told = histogram.percentileMs(50)!;
    assert(told >= fromMs && told <= toMs, `${ms} ms was counted as ${told}`);
    assertEquals([histogram.minMs, histogram.maxMs, histogram.count], [0, 1e301, 3]);
    const alone = await histogramWith([ms]);
    assertEquals([alone.percentileMs(50), alone.maxMs, alone.minMs], [ms, ms, ms]);
  }
});

Deno.test("Histogram: refuses what is no duration, no percentile and no histogram", async () => {
  const histogram = await histogramWith([1]);
  for (const ms of [-0.001, NaN, Infinity, -Infinity]) {
    assertThrows(() => histogram.record(ms), RangeError, `cannot record a duration: ${ms}`);
  }
  for (const percentile of [-1, 100.1, NaN]) {
    assertThrows(() => histogram.percentileMs(percentile), RangeError, `bad percentile ${percentile}`);
  }
  for (const bars of [0, -1, 1.5, NaN]) assertThrows(() => histogram.buckets(bars), RangeError, `bars ${bars}`);
  assertThrows(() => histogram.add({ ...histogram }), TypeError, "cannot add a histogram");
  assertEquals(histogram.count, 1);
});

Deno.test("Histogram: a percentile with fewer than ten samples beyond it is not told", async () => {
  const needs = { p50: 20, p75: 40, p90: 100, p95: 200, p99: 1000, "p99.9": 10_000, "p99.99": 100_000 };
  for (const [name, count] of Object.entries(needs) as [keyof typeof needs, number][]) {
    const histogram = await createHistogram();
    for (let sample = 1; sample < count; sample++) histogram.record(1);
    assertEquals(histogram.distribution().percentilesMs[name], null, `${name} of ${count - 1}`);
    histogram.record(1);
    assertEquals(histogram.distribution().percentilesMs[name], 1, `${name} of ${count}`);
  }
  // A million by merging: recording them one by one takes its time.
  const million = await histogramWith([1]);
  for (let power = 0; power < 19; power++) million.add(million);
  const rest = await createHistogram();
  for (let sample = 1; sample < 1_000_000 - 2 ** 19; sample++) rest.record(1);
  million.add(rest);
  assertEquals([million.count, million.distribution().percentilesMs["p99.999"]], [999_999, null]);
  million.record(1);
  assertEquals([million.count, million.distribution().percentilesMs["p99.999"]], [1_000_000, 1]);
});

Deno.test("Histogram: parts that are merged are the whole", async () => {
  const times = randomTimes(20_000, 7);
  const whole = (await histogramWith(times)).distribution();
  const merged = await createHistogram();
  for (const [from, to] of [[0, 0], [0, 1], [1, 9000], [9000, 9010], [9010, 20_000]]) {
    merged.add(await histogramOf((await histogramWith(times.slice(from, to))).distribution()));
  }
  const { meanMs, stddevMs, ...exact } = merged.distribution();
  assertClose(meanMs, whole.meanMs!, 1e-9);
  assertClose(stddevMs, whole.stddevMs!, 1e-9);
  assertEquals({ ...exact, meanMs: whole.meanMs, stddevMs: whole.stddevMs }, whole);
});

Deno.test("Histogram: counts do not wrap where samples share a bucket", async () => {
  const histogram = await histogramWith([1]);
  for (let power = 0; power < 33; power++) histogram.add(histogram);
  assertEquals(histogram.count, 2 ** 33);
  assertEquals((await histogramOf(histogram.distribution())).count, 2 ** 33);
});
