import { assertEquals } from "@std/assert";
import { createRttStats } from "../../lib/measure/rtt_stats.ts";
import { assertClose } from "../support/assert_close.ts";

/** The summary of these times. */
async function rttOf(times: readonly number[]) {
  const stats = await createRttStats();
  for (const ms of times) stats.record(ms);
  return stats.rtt();
}

Deno.test("RttStats: no reply, no figures", async () => {
  assertEquals(await rttOf([]), null);
});

Deno.test("RttStats: min/avg/max/mdev as Linux ping has them, median and jitter", async () => {
  // ping(8): mdev is the population standard deviation. Jitter: 2, 0, 0, 1, 0, 2, 2 in 7 steps.
  const few = await rttOf([2, 4, 4, 4, 5, 5, 7, 9]);
  assertEquals(few, {
    minMs: 2,
    avgMs: 5,
    maxMs: 9,
    mdevMs: 2,
    medianMs: 4.5,
    p90Ms: null,
    p99Ms: null,
    jitterMs: 1,
  });
  const table: [times: number[], median: number, jitter: number | null][] = [
    [[7], 7, null],
    [[7, 7], 7, 0],
    [[1, 4], 2.5, 3],
    [[4, 1], 2.5, 3],
    [[1, 9, 1, 9], 5, 8],
    [[0.0001, 0.0003, 0.0002], 0.0002, 0.00015], // below a microsecond: exact all the same
  ];
  for (const [times, median, jitter] of table) {
    const { medianMs, jitterMs } = (await rttOf(times))!;
    assertEquals(medianMs, median);
    if (jitter === null) assertEquals(jitterMs, null);
    else assertClose(jitterMs, jitter, 1e-12);
  }
});

Deno.test("RttStats: p90 from 100 replies on, p99 from 1000", async () => {
  for (const [count, p90, p99] of [[99, null, null], [100, 90, null], [999, 899.583, null], [1000, 899.583, 990.207]]) {
    const { p90Ms, p99Ms } = (await rttOf(Array.from({ length: count! }, (_, at) => at + 1)))!;
    for (const [told, wanted] of [[p90Ms, p90], [p99Ms, p99]]) {
      if (wanted === null) assertEquals(told, null);
      else assertClose(told, wanted!, wanted! / 1000);
    }
  }
});

Deno.test("RttStats: beyond a million replies the median has 3 digits, the rest stays exact", async () => {
  const stats = await createRttStats();
  for (let reply = 0; reply < 1_000_000; reply++) stats.record(3.0007);
  assertEquals(stats.rtt()!.medianMs, 3.0007);
  stats.record(0.5);
  const { medianMs, minMs, maxMs } = stats.rtt()!;
  assertClose(medianMs, 3.0007, 0.003);
  assertEquals([minMs, maxMs, stats.distribution().count], [0.5, 3.0007, 1_000_001]);
});
