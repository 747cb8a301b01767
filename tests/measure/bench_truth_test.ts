import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { bench } from "../../lib/measure/bench.ts";
import type { BenchOptions } from "../../lib/measure/bench_options.ts";
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { delayingServer, stallingServer } from "../support/delaying_server.ts";

/**
 * What a request may take beside the delay that the server says it had, in milliseconds: two hops through the loopback and
 * the event loops of both, on a machine with other work.
 */
const BESIDE = 12;

/** Runs a bench without warmup. */
async function measured(options: BenchOptions): Promise<BenchResult> {
  const result = await bench({ connections: 4, duration: 1200, warmup: 0, ...options }).result();
  assertEquals([result.errors, result.partial], [[], false]);
  return result;
}

/** What so many percent of the delays were at most. */
function percentile(heldMs: readonly number[], percent: number): number {
  const sorted = heldMs.toSorted((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1];
}

function assertAgrees(reportedMs: number | null, heldMs: number, name: string): void {
  assert(reportedMs !== null, name);
  // The histogram has three significant digits.
  assertGreater(reportedMs, heldMs * 0.998 - 0.01, name);
  assertLess(reportedMs, heldMs + BESIDE, name);
}

Deno.test("bench: a fixed delay of 20 ms is what it reports", async () => {
  await using server = delayingServer({ size: 64, delayOf: () => 20 });
  const { latency, serviceTime } = await measured(server.addr);
  assertEquals(serviceTime, null);
  assertGreater(latency.minMs ?? 0, 19.9);
  for (const percent of [50, 75, 90] as const) {
    assertAgrees(latency.percentilesMs[`p${percent}`], percentile(server.heldMs, percent), `p${percent}`);
  }
});

Deno.test("bench: a step from 5 to 60 ms shows on both sides", async () => {
  await using server = delayingServer({ size: 64, delayOf: (n) => n < 100 ? 5 : 60 });
  const { latency, series } = await measured({ ...server.addr, duration: 2000 });
  assertAgrees(latency.percentilesMs.p50, percentile(server.heldMs, 50), "p50");
  assertAgrees(latency.percentilesMs.p90, percentile(server.heldMs, 90), "p90");
  assertLess(latency.minMs ?? 0, 5 + BESIDE);
  const last = series.at(-1)!;
  assertGreater(last.p50Ms ?? 0, 59);
});

Deno.test("bench: a normal spread of delays comes out percentile by percentile", async () => {
  const delays = normal(400, 30, 8, 1);
  await using server = delayingServer({ size: 64, delayOf: (n) => Math.max(0, delays[n % delays.length]) });
  const { latency } = await measured({ ...server.addr, connections: 8, duration: 1500 });
  assertGreater(latency.count, 200);
  for (const percent of [50, 75, 90] as const) {
    assertAgrees(latency.percentilesMs[`p${percent}`], percentile(server.heldMs, percent), `p${percent}`);
  }
  const mean = server.heldMs.reduce((total, ms) => total + ms, 0) / server.heldMs.length;
  assertAgrees(latency.meanMs, mean, "mean");
});

/** Normally distributed numbers (Box and Muller, 1958) from a generator with a fixed seed (Lehmer's, 1951). */
function normal(count: number, mean: number, deviation: number, seed: number): number[] {
  let state = seed;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Array.from({ length: count }, () => {
    return mean + deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  });
}

Deno.test("bench: a stall of 1 s shows in the corrected latency, and hardly in the raw one", async () => {
  await using server = stallingServer(600, 1000);
  const options = { ...server.addr, connections: 10, rate: 200, duration: 2400 };
  const { latency, serviceTime, schedule, totals } = await measured(options);
  // 200 of the 480 requests were due while it stood still; they waited half a second on average.
  assertEquals([schedule?.due, schedule?.unsent, totals.requests], [480, 0, 480]);
  assertGreater(latency.percentilesMs.p75 ?? 0, 250);
  assertGreater(latency.percentilesMs.p90 ?? 0, 600);
  assertGreater(latency.maxMs ?? 0, 900);
  // Only the ten under way then took that long themselves.
  assertLess(serviceTime?.percentilesMs.p90 ?? Infinity, 200);
  assertGreater(serviceTime?.maxMs ?? 0, 900);
  assertGreater(schedule?.delay.maxMs ?? 0, 800);
});

Deno.test("bench: a closed loop cannot see what it did not ask during a stall", async () => {
  await using server = stallingServer(300, 1000);
  const { latency, totals } = await measured({ ...server.addr, connections: 2, duration: 2000 });
  assertGreater(totals.requests, 200);
  // Two requests in thousands: what the open loop above is for.
  assertLess(latency.percentilesMs.p90 ?? Infinity, 100);
  assertGreater(latency.maxMs ?? 0, 900);
});

Deno.test("bench: an open loop that the server cannot follow is said to be behind", async () => {
  await using server = delayingServer({ size: 64, delayOf: () => 50 });
  const options = { ...server.addr, connections: 2, rate: 400, duration: 1000, warmup: 0 };
  const { schedule, latency } = await bench(options).result();
  assertEquals([schedule?.due, schedule?.behind], [400, true]);
  // Two connections that wait 50 ms each send 40 of the 400.
  assertGreater(schedule?.unsent ?? 0, 300);
  assertGreater(latency.maxMs ?? 0, 500);
});

Deno.test("bench: the schedule is kept: the delay of sending is small beside the interval", async () => {
  await using server = delayingServer({ size: 64, delayOf: () => 0 });
  const { schedule, latency } = await measured({ ...server.addr, connections: 4, rate: 100, duration: 1500 });
  assertEquals([schedule?.due, schedule?.behind, latency.count], [150, false, 150]);
  // A timer alone is up to 2 ms late; what is left is the machine's other work.
  assertLess(schedule?.delay.percentilesMs.p50 ?? Infinity, 1);
});
