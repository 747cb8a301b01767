import { assertEquals, assertRejects } from "@std/assert";
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { mergeResults } from "../../lib/measure/merge_results.ts";
import { readResult } from "../../lib/measure/read_result.ts";
import { assertClose } from "../support/assert_close.ts";
import { distributionOf } from "../support/distribution_of.ts";
import { ASKED, evenTimes, fullBench, TCP_INFO, TLS_FACTS } from "../support/result_fixtures.ts";

/** A result like `fullBench()`, that did measure. */
function measured(changes: Partial<BenchResult> = {}): Promise<BenchResult> {
  return fullBench({ error: null, ...changes });
}

Deno.test("mergeResults(): sums, rates and options are added, the rest agrees", async () => {
  const one = await measured();
  const other = await measured({
    startedAt: "2026-11-21T04:59:49.999Z",
    target: { hostname: "192.0.2.1", port: 7 },
    elapsedMs: 1990,
    options: { ...ASKED, connections: 5, workers: 1, ratePerSecond: 500.5 },
    merged: 3,
    totals: { requests: 1, errors: 2, bytesSent: 3, bytesReceived: 4, connections: 5 },
    rates: { requestsPerSecond: 0.5, sentBytesPerSecond: 1.5, receivedBytesPerSecond: 2 },
    schedule: { due: 5, unsent: 4, delay: await distributionOf([9]), behind: true },
    errors: [{ kind: "timeout", count: 7, example: "no echo" }, { kind: "reset", count: 1, example: "again" }],
  });
  const merged = await mergeResults([one, other]);
  const { target, startedAt, options, environment, partial, elapsedMs, totals, rates, errors, gates, error } = merged;
  assertEquals([target, startedAt, environment], [one.target, other.startedAt, one.environment]);
  assertEquals(options, { ...ASKED, connections: 15, workers: 3, ratePerSecond: 1500.5 });
  assertEquals([merged.merged, partial, elapsedMs, gates, error], [4, false, 2010.5, [], null]);
  assertEquals(totals, { requests: 2011, errors: 4, bytesSent: 128_643, bytesReceived: 128_644, connections: 16 });
  assertEquals(rates, { requestsPerSecond: 1000.5, sentBytesPerSecond: 64_001.5, receivedBytesPerSecond: 64_002 });
  assertEquals([merged.schedule!.due, merged.schedule!.unsent, merged.schedule!.behind], [2015, 4, true]);
  assertEquals([merged.schedule!.delay.count, merged.schedule!.delay.maxMs], [2011, 9]);
  assertEquals(errors, [
    { kind: "timeout", count: 7, example: "no echo" },
    { kind: "reset", count: 3, example: "the server reset the connection" },
  ]);
  assertEquals(readResult(JSON.stringify(merged), "merged"), JSON.parse(JSON.stringify(merged)));
});

Deno.test("mergeResults(): distributions are those of all samples together", async () => {
  const [fast, slow] = [evenTimes(600, 1, 2), evenTimes(400, 5, 9)];
  const [one, other] = [
    await measured({ latency: await distributionOf(fast), serviceTime: await distributionOf(slow) }),
    await measured({ latency: await distributionOf(slow), serviceTime: await distributionOf([]) }),
  ];
  const { latency, serviceTime, connectTime, tlsTime } = await mergeResults([one, other]);
  const { meanMs, stddevMs, ...whole } = await distributionOf([...fast, ...slow]);
  assertClose(latency.meanMs, meanMs!, 1e-12);
  assertClose(latency.stddevMs, stddevMs!, 1e-12);
  assertEquals({ ...latency, meanMs: 0, stddevMs: 0 }, { ...whole, meanMs: 0, stddevMs: 0 });
  // p99 was told by neither: 600 and 400 samples are too few.
  assertEquals([one.latency.percentilesMs.p99, other.latency.percentilesMs.p99], [null, null]);
  assertClose(latency.percentilesMs.p99, 8.89, 0.009);
  assertEquals(serviceTime, one.serviceTime);
  assertEquals([connectTime.count, tlsTime?.count], [22, 22]);
});

Deno.test("mergeResults(): what TLS came to is that of the first that says so; plain TCP and TLS do not merge", async () => {
  const one = await measured({ tls: null, tlsTime: null });
  const other = await measured();
  const third = await measured({ tls: { ...TLS_FACTS, cipher: "other" } });
  const { tls, tlsTime } = await mergeResults([one, other, third]);
  assertEquals([tls, tlsTime?.count], [TLS_FACTS, 22]);
  const none = await mergeResults([one, one]);
  assertEquals([none.tls, none.tlsTime], [null, null]);
  const plain = await measured({ options: { ...ASKED, tls: false }, tls: null, tlsTime: null });
  await assertRejects(() => mergeResults([other, plain]), RangeError, "tls is true in the first and false in result 2");
});

Deno.test("mergeResults(): merges of merges are the merge of all", async () => {
  const parts = [];
  for (const ms of [1, 2, 3]) parts.push(await measured({ latency: await distributionOf([ms, ms, ms]) }));
  const whole = await mergeResults(parts);
  const steps = await mergeResults([await mergeResults(parts.slice(0, 2)), parts[2]]);
  assertEquals(steps, whole);
  assertEquals([whole.merged, whole.latency.count, whole.latency.meanMs], [3, 9, 2]);
});

Deno.test("mergeResults(): second by second; percentiles stay only where one result has that second", async () => {
  const long = await measured();
  const short = await measured({
    series: [{ ...long.series[0], requests: 10, errors: 3, bytesSent: 5, bytesReceived: 6, maxMs: 7 }],
  });
  const { series } = await mergeResults([short, long]);
  assertEquals(series, [
    {
      startMs: 0,
      lengthMs: 1000,
      requests: 1010,
      errors: 4,
      bytesSent: 64_005,
      bytesReceived: 64_006,
      p50Ms: null,
      p99Ms: null,
      maxMs: 7,
    },
    ...long.series.slice(1),
  ]);
  const cut = { ...long.series[2], lengthMs: 20 };
  const ends = await mergeResults([long, await measured({ series: [...long.series.slice(0, 2), cut] })]);
  assertEquals(ends.series[2], { ...cut, requests: 20, bytesSent: 128_000, bytesReceived: 128_000 });
  assertEquals((await mergeResults([await measured({ series: [] })])).series, []);
});

Deno.test("mergeResults(): at most 100 connections' TCP_INFO, those of the first", async () => {
  const [closed, open] = [{ state: "CLOSE" } as const, TCP_INFO];
  const one = await measured({ tcpInfo: Array.from({ length: 60 }, () => closed) });
  const other = await measured({ tcpInfo: Array.from({ length: 60 }, () => open) });
  const { tcpInfo } = await mergeResults([one, other]);
  assertEquals([tcpInfo.length, tcpInfo[59], tcpInfo[60]], [100, closed, open]);
});

Deno.test("mergeResults(): partial and failed parts", async () => {
  const good = await measured();
  const failed = await fullBench({ serviceTime: null, schedule: null, latency: await distributionOf([]), series: [] });
  assertEquals((await mergeResults([good, { ...good, partial: true }])).partial, true);
  const half = await mergeResults([failed, good]);
  assertEquals([half.partial, half.error], [true, null]);
  assertEquals([half.latency, half.serviceTime], [good.latency, good.serviceTime]);
  const none = await mergeResults([failed, failed]);
  assertEquals([none.partial, none.error, none.serviceTime, none.schedule], [true, failed.error, null, null]);
});

Deno.test("mergeResults() refuses what does not belong together, and names it", async () => {
  const one = await measured();
  const changes: [change: Partial<BenchResult["options"]>, message: string][] = [
    [{ durationMs: 3000 }, "durationMs is 2000 in the first and 3000 in result 3"],
    [{ sizeBytes: 65 }, "sizeBytes is 64 in the first and 65 in result 3"],
    [{ mode: "stream" }, 'mode is "echo" in the first and "stream" in result 3'],
    [{ verify: false }, "verify is true in the first and false in result 3"],
    // An open loop and a closed one are two measurements.
    [{ ratePerSecond: null }, "ratePerSecond is 1000 in the first and null in result 3"],
  ];
  for (const [change, message] of changes) {
    const other = { ...one, options: { ...one.options, ...change } };
    await assertRejects(() => mergeResults([one, one, other]), RangeError, `cannot merge results: ${message}`);
  }
  await assertRejects(() => mergeResults([]), RangeError, "cannot merge results: there is none");
  const broken = { ...one, serviceTime: { ...one.serviceTime!, histogram: "?" } };
  const message = "cannot merge results: serviceTime of result 2: cannot read the histogram";
  await assertRejects(() => mergeResults([one, broken]), RangeError, message);
});
