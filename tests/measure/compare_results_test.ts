import { assertEquals, assertThrows } from "@std/assert";
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { COMPARED_METRICS, compareResults } from "../../lib/measure/compare_results.ts";
import { distributionOf } from "../support/distribution_of.ts";
import { ENVIRONMENT, evenTimes, fullBench } from "../support/result_fixtures.ts";

/** A run of so many requests per second. */
async function run(requestsPerSecond: number, changes: Partial<BenchResult> = {}): Promise<BenchResult> {
  const bench = await fullBench({ error: null });
  return { ...bench, rates: { ...bench.rates, requestsPerSecond }, ...changes };
}

function rowOf(metric: string, before: BenchResult[], after: BenchResult[]) {
  return compareResults(before, after).rows.find((row) => row.metric === metric)!;
}

Deno.test("compareResults(): median, spread and change of each side", async () => {
  const before = [await run(100), await run(300), await run(110)];
  const after = [await run(99), await run(55)];
  assertEquals(rowOf("rate", before, after), {
    metric: "rate",
    unit: "requests/s",
    better: "higher",
    before: { median: 110, min: 100, max: 300, runs: 3 },
    after: { median: 77, min: 55, max: 99, runs: 2 },
    changePercent: -30,
    withinSpread: false,
  });
  const { schema, command, runsBefore, runsAfter, notes, gates } = compareResults(before, after);
  assertEquals([schema, command, runsBefore, runsAfter, notes, gates], [1, "compare", 3, 2, [], []]);
});

Deno.test("compareResults(): every figure has its row, its unit and its better side", async () => {
  const one = await run(1000, {
    latency: await distributionOf(evenTimes(1000, 1, 2)),
    totals: { requests: 1, errors: 4, bytesSent: 1, bytesReceived: 1, connections: 1 },
    rates: { requestsPerSecond: 1, sentBytesPerSecond: 2, receivedBytesPerSecond: 3 },
  });
  const { rows } = compareResults([one], [one]);
  const { latency } = one;
  const values = [1, 2, 3, 4, latency.minMs, latency.meanMs, latency.stddevMs];
  const some = [...values, ...Object.values(latency.percentilesMs).filter((ms) => ms !== null), latency.maxMs];
  // p99.9 and on: a thousand samples tell nothing of them.
  const told = COMPARED_METRICS.filter((metric) => !/^p99\.9/.test(metric));
  assertEquals(rows.map(({ metric }) => metric), told);
  assertEquals(rows.map(({ before }) => before.median), some);
  assertEquals(rows.map(({ changePercent }) => changePercent), told.map(() => 0));
  const higher = rows.filter(({ better }) => better === "higher").map(({ metric, unit }) => [metric, unit]);
  assertEquals(higher, [["rate", "requests/s"], ["sent", "bytes/s"], ["received", "bytes/s"]]);
  assertEquals(rows.slice(3).map(({ unit }) => unit), ["count", ...told.slice(4).map(() => "ms")]);
});

Deno.test("compareResults(): whether the spreads meet", async () => {
  const table: [before: number[], after: number[], within: boolean | null][] = [
    [[1, 3], [2, 4], true],
    [[1, 2], [2, 3], true], // they touch
    [[2, 3], [1, 2], true],
    [[1, 2], [2.001, 3], false],
    [[1, 9], [4, 5], true],
    [[4, 5], [1, 9], true],
    [[1, 3], [2], true],
    [[2], [1, 3], true],
    [[1, 3], [4], false],
    [[1], [1], null], // one run each has no spread
  ];
  for (const [before, after, within] of table) {
    const runs = async (rates: number[]) => await Promise.all(rates.map((rate) => run(rate)));
    assertEquals(rowOf("rate", await runs(before), await runs(after)).withinSpread, within, `${before} | ${after}`);
  }
});

Deno.test("compareResults(): figures that are missing, or nothing", async () => {
  const told = await run(1, { latency: await distributionOf(evenTimes(1000, 1, 2)) });
  const few = await run(1, { latency: await distributionOf([1]) });
  const part = rowOf("p99", [told, few], [few]);
  assertEquals([part.before.runs, part.after], [1, { median: null, min: null, max: null, runs: 0 }]);
  assertEquals([part.before.median, part.changePercent, part.withinSpread], [1.989, null, null]);
  const errors = (count: number) => ({ requests: 1, errors: count, bytesSent: 1, bytesReceived: 1, connections: 1 });
  const [none, some] = [await run(1, { totals: errors(0) }), await run(1, { totals: errors(3) })];
  assertEquals(rowOf("errors", [none], [some]).changePercent, null);
  assertEquals(rowOf("errors", [some], [none]).changePercent, -100);
  assertEquals(rowOf("errors", [none], [none]).changePercent, 0);
  // The zeros of a run that measured nothing are no figures.
  const refused = await fullBench();
  assertEquals(rowOf("rate", [await run(5), refused], [await run(5)]).before, { median: 5, min: 5, max: 5, runs: 1 });
});

Deno.test("compareResults(): streams have no latencies, and no rows of them", async () => {
  const stream = await run(0, { latency: await distributionOf([]) });
  const { rows } = compareResults([stream], [stream]);
  assertEquals(rows.map(({ metric }) => metric), ["rate", "sent", "received", "errors"]);
});

Deno.test("compareResults(): notes what may make the sides differ", async () => {
  const one = await run(1);
  const other = await run(1, {
    target: { hostname: "192.0.2.1", port: 7 },
    options: { ...one.options, pipeline: 4, ratePerSecond: null },
    environment: { ...ENVIRONMENT, deno: "2.9.7", sampleCostUs: 9, clockResolutionUs: 9 },
    tls: null,
    merged: 2,
    partial: true,
  });
  assertEquals(compareResults([one], [one, other]).notes, [
    "target differs: echo.test:9999 before, echo.test:9999, 192.0.2.1:7 after",
    "options.ratePerSecond differs: 1000 before, 1000, null after",
    "options.pipeline differs: 2 before, 2, 4 after",
    "environment.deno differs: 2.9.6 before, 2.9.6, 2.9.7 after",
    "tls differs: 1.3 with TLS_AES_256_GCM_SHA384 before, 1.3 with TLS_AES_256_GCM_SHA384, none after",
    "merged differs: 1 before, 1, 2 after",
    "run 2 of 2 after is partial: it ended before its time",
  ]);
  assertEquals(compareResults([other, one], [other, one]).notes.slice(0, 2), [
    "target differs: 192.0.2.1:7, echo.test:9999 before, 192.0.2.1:7, echo.test:9999 after",
    "options.ratePerSecond differs: null, 1000 before, null, 1000 after",
  ]);
  assertEquals(compareResults([await fullBench()], [one]).notes, [
    "run 1 of 1 before measured nothing: cannot connect",
  ]);
});

Deno.test("compareResults() needs a result on each side", async () => {
  const one = await run(1);
  assertThrows(() => compareResults([], [one]), RangeError, "cannot compare 0 results with 1: each side needs one");
  assertThrows(() => compareResults([one], []), RangeError, "cannot compare 1 results with 0");
});
