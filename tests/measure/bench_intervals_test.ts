import { assertEquals } from "@std/assert";
import { BenchIntervals } from "../../lib/measure/bench_intervals.ts";
import type { BenchInterval } from "../../lib/measure/bench_result.ts";
import { createHistogram } from "../../lib/measure/histogram.ts";
import type { TallyInterval } from "../../lib/measure/tally.ts";

/** A second of one thread, with so many requests of so many milliseconds. */
async function second(startMs: number, requests: number, ms: number): Promise<TallyInterval> {
  const latency = await createHistogram();
  for (let i = 0; i < requests; i++) latency.record(ms);
  return { startMs, endMs: startMs + 1000, requests, errors: 1, bytesSent: 10, bytesReceived: 20, latency };
}

async function intervalsOf(threads: number): Promise<{ intervals: BenchIntervals; told: BenchInterval[] }> {
  const told: BenchInterval[] = [];
  return { intervals: await BenchIntervals.create(threads, (interval) => told.push(interval)), told };
}

Deno.test("BenchIntervals: a second is told when every thread has told of it, with the histograms merged", async () => {
  const { intervals, told } = await intervalsOf(2);
  intervals.add(0, await second(0, 1500, 1));
  intervals.add(0, await second(1000, 10, 1));
  assertEquals(told, []);
  intervals.add(1, { ...await second(0, 500, 3), endMs: 1002 });
  assertEquals(told, [{
    startMs: 0,
    lengthMs: 1002,
    requests: 2000,
    errors: 2,
    bytesSent: 20,
    bytesReceived: 40,
    p50Ms: 1,
    p99Ms: 3,
    maxMs: 3,
  }]);
  intervals.add(1, await second(1000, 9, 2));
  assertEquals(told.map(({ requests, p50Ms, p99Ms, maxMs }) => [requests, p50Ms, p99Ms, maxMs])[1], [
    19,
    null,
    null,
    2,
  ]);
});

Deno.test("BenchIntervals: a thread that has ended holds nothing up, and what it told is not lost", async () => {
  const { intervals, told } = await intervalsOf(2);
  intervals.add(0, await second(0, 1, 1));
  intervals.end(1);
  assertEquals(told.map(({ requests }) => requests), [1]);
  intervals.add(0, await second(1000, 2, 1));
  assertEquals(told.map(({ requests }) => requests), [1, 2]);

  const other = await intervalsOf(2);
  other.intervals.add(0, await second(0, 1, 1));
  other.intervals.add(0, await second(1000, 2, 1));
  other.intervals.end(0);
  assertEquals(other.told, []);
  other.intervals.add(1, await second(0, 4, 1));
  other.intervals.end(1);
  assertEquals(other.told.map(({ requests }) => requests), [5, 2]);
});
