import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { compareResults } from "../../lib/measure/compare_results.ts";
import { type GateKind, gateText, judgeGate, judgeGates, parseGate } from "../../lib/measure/gate.ts";
import type { PingResult } from "../../lib/measure/ping_result.ts";
import { distributionOf } from "../support/distribution_of.ts";
import { evenTimes, fullBench, fullPing } from "../support/result_fixtures.ts";

Deno.test("parseGate(): metric, operator, value and unit", () => {
  const table: [text: string, kind: GateKind, metric: string, operator: string, value: number, unit: string][] = [
    ["p99>5ms", "bench", "p99", ">", 5, "ms"],
    [" p99.95 >= 1.5s ", "bench", "p99.95", ">=", 1500, "ms"],
    ["p50<200us", "bench", "p50", "<", 0.2, "ms"],
    ["p50<200\u00b5s", "bench", "p50", "<", 0.2, "ms"], // the micro sign
    ["p50<=200\u03bcs", "bench", "p50", "<=", 0.2, "ms"], // the Greek letter
    ["mean>.5ms", "bench", "mean", ">", 0.5, "ms"],
    ["avg>1m", "ping", "avg", ">", 60_000, "ms"],
    ["errors>0", "bench", "errors", ">", 0, "count"],
    ["requests<1.5M", "bench", "requests", "<", 1_500_000, "count"],
    ["rate<10k", "bench", "rate", "<", 10_000, "requests/s"],
    ["rate<2G", "bench", "rate", "<", 2e9, "requests/s"],
    ["sent<64k", "bench", "sent", "<", 65_536, "bytes/s"],
    ["received<1.5MiB/s", "bench", "received", "<", 1_572_864, "bytes/s"],
    ["received<100", "bench", "received", "<", 100, "bytes/s"],
    ["loss>5%", "ping", "loss", ">", 5, "%"],
    ["loss>0.5%", "ping", "loss", ">", 0.5, "%"],
    ["late>0", "ping", "late", ">", 0, "count"],
    ["jitter>1ms", "ping", "jitter", ">", 1, "ms"],
    ["rate<-5%", "compare", "rate", "<", -5, "%"],
    ["p99.999>+10%", "compare", "p99.999", ">", 10, "%"],
  ];
  for (const [text, kind, metric, operator, value, unit] of table) {
    assertEquals(parseGate(text, kind), { expression: text, kind, metric, operator, value, unit } as never, text);
  }
});

Deno.test("parseGate() refuses in one line, naming the value and what would do", () => {
  const known =
    "use min, mean, avg, stddev, mdev, max, errors, requests, rate, sent, received, or a percentile such as";
  const table: [text: string, kind: GateKind, kindOf: new () => Error, message: string][] = [
    ["", "bench", SyntaxError, 'bad gate "": use METRIC OP VALUE with >, >=, < or <=, such as p99>5ms'],
    ["p99", "ping", SyntaxError, "such as loss>5%"],
    ["p99>", "compare", SyntaxError, "such as p99>10%"],
    ["p99==5ms", "bench", SyntaxError, "use METRIC OP VALUE"],
    ["p99=>5ms", "bench", SyntaxError, "use METRIC OP VALUE"],
    ["p99>5 ms", "bench", SyntaxError, "use METRIC OP VALUE"],
    ["p99>>5ms", "bench", SyntaxError, "use METRIC OP VALUE"],
    ["speed>5", "bench", SyntaxError, `bad gate "speed>5": bench has no figure "speed": ${known}`],
    ["P99>5ms", "bench", SyntaxError, 'bench has no figure "P99"'],
    ["constructor>5", "bench", SyntaxError, 'bench has no figure "constructor"'],
    ["loss>5%", "bench", SyntaxError, 'bench has no figure "loss"'],
    ["rate>5", "ping", SyntaxError, 'ping has no figure "rate": use min, mean'],
    [
      "p99.95>5%",
      "compare",
      SyntaxError,
      "use rate, sent, received, errors, min, mean, stddev, p50, p75, p90, p95, p99,",
    ],
    ["p100>5ms", "bench", RangeError, 'bad gate "p100>5ms": there is no percentile 100: use one between 0 and 100'],
    ["p0>5ms", "bench", RangeError, "there is no percentile 0"],
    ["p99.9999999999>5ms", "bench", SyntaxError, 'bench has no figure "p99.9999999999"'],
    // Five seconds, as elsewhere, is not what was meant.
    ["p99>5", "bench", SyntaxError, 'bad gate "p99>5": "5" is not a duration with its unit: use us, ms, s, m or h'],
    ["p99>5x", "bench", SyntaxError, '"5x" is not a duration'],
    ["p99>-5ms", "bench", SyntaxError, '"-5ms" is not a duration'],
    ["p99>5%", "bench", SyntaxError, '"5%" is not a duration'],
    ["errors>1%", "bench", SyntaxError, '"1%" is not a number'],
    ["errors>-1", "bench", SyntaxError, '"-1" is not a number'],
    ["rate<10KiB", "bench", SyntaxError, '"10KiB" is not a rate: use requests per second, such as 500 or 10k'],
    ["sent<5ms", "bench", SyntaxError, '"5ms" is not bytes per second: use a size, such as 64k or 1M'],
    ["sent<0.3", "bench", RangeError, 'bad size "0.3": not a whole number of bytes'],
    ["loss>5", "ping", SyntaxError, 'bad gate "loss>5": "5" is not a share: use percent, such as 5%'],
    ["p99>5ms", "compare", SyntaxError, '"5ms" is not a share'],
  ];
  for (const [text, kind, kindOf, message] of table) {
    const error = assertThrows(() => parseGate(text, kind), kindOf, message, text);
    assertEquals(error.message.includes("\n"), false);
  }
});

/** What becomes of gates, as `[value, hit]`. */
async function verdicts(result: BenchResult | PingResult, gates: readonly string[]) {
  const judged = await judgeGates(gates.map((gate) => parseGate(gate, result.command)), result);
  assertEquals(judged.map(({ expression }) => expression), [...gates]);
  return judged.map(({ value, hit }) => [value, hit]);
}

Deno.test("judgeGate(): each operator, on both sides of its border", async () => {
  const result = await fullBench({ error: null }); // 1000 requests per second
  const table: [gate: string, hit: boolean][] = [
    ["rate>999", true],
    ["rate>1k", false],
    ["rate>=1k", true],
    ["rate>=1001", false],
    ["rate<1001", true],
    ["rate<1k", false],
    ["rate<=1k", true],
    ["rate<=999", false],
  ];
  const gates = table.map(([gate]) => gate);
  assertEquals(await verdicts(result, gates), table.map(([, hit]) => [1000, hit]));
});

Deno.test("judgeGate(): every figure of a bench", async () => {
  const result = await fullBench({
    error: null,
    latency: await distributionOf(evenTimes(1000, 1, 2)),
    totals: { requests: 5, errors: 2, bytesSent: 3, bytesReceived: 4, connections: 1 },
    rates: { requestsPerSecond: 6, sentBytesPerSecond: 7, receivedBytesPerSecond: 8 },
  });
  const { minMs, meanMs, stddevMs, maxMs } = result.latency;
  const figures = { min: minMs, mean: meanMs, avg: meanMs, stddev: stddevMs, mdev: stddevMs, max: maxMs };
  const durations = Object.keys(figures).map((metric) => `${metric}>0ms`);
  assertEquals(await verdicts(result, durations), Object.values(figures).map((value) => [value, true]));
  const numbers = ["errors>0", "requests>0", "rate>0", "sent>0", "received>0"];
  assertEquals(await verdicts(result, numbers), [[2, true], [5, true], [6, true], [7, true], [8, true]]);
  assertEquals(await verdicts(result, ["p50>1.5ms", "p99.0>5ms"]), [[1.499, false], [1.989, false]]);
});

Deno.test("judgeGate(): any percentile, from the histogram; too few samples fail", async () => {
  const bench = await fullBench({ error: null, latency: await distributionOf(evenTimes(2000, 0, 2)) });
  const gates = ["p99.5>5ms", "p99.50>1ms", "p12.5<1ms", "p99.51>5s", "p99.9>5s"];
  const wanted = [[1.989, false], [1.989, true], [0.249, true], [null, true], [null, true]];
  assertEquals(await verdicts(bench, gates), wanted);
  const ping = await fullPing({ error: null }); // 93 replies
  assertEquals(await verdicts(ping, ["p89>5s", "p90>5s", "p89.9>5s"]), [[0.127, false], [null, true], [null, true]]);
});

Deno.test("judgeGate(): every figure of a ping", async () => {
  const result = await fullPing({ error: null });
  const gates = ["min>0ms", "avg>0ms", "mean>0ms", "max>0ms", "mdev>0ms", "stddev>0ms", "jitter>0ms"];
  const values = [0.098, 0.11, 0.11, 0.131, 0.012, 0.012, 0.005];
  assertEquals(await verdicts(result, gates), values.map((value) => [value, true]));
  // 7 of 100 are 7 %, and not 7.000000000000001.
  assertEquals(await verdicts(result, ["loss>7%", "loss>=7%", "lost>6", "late>0", "reconnects>1"]), [
    [7, false],
    [7, true],
    [7, true],
    [1, true],
    [1, false],
  ]);
});

Deno.test("judgeGate(): what was not measured never passes", async () => {
  const none = await distributionOf([]);
  const refused = await fullBench({ latency: none });
  for (const gate of ["errors>0", "rate<10", "p99>5ms", "max>5ms"]) {
    assertEquals(await verdicts(refused, [gate]), [[null, true]], gate);
  }
  assertEquals(await verdicts({ ...refused, error: null }, ["max>5ms", "errors>2"]), [[null, true], [2, false]]);
  const lost = await fullPing({ error: null, rtt: null, distribution: none, received: 0, loss: 1 });
  assertEquals(await verdicts(lost, ["max>5s", "jitter>5s", "loss>50%"]), [[null, true], [null, true], [100, true]]);
  assertEquals(await verdicts({ ...lost, transmitted: 0, loss: 0 }, ["loss>5%"]), [[null, true]]);
  const single = await fullPing({ error: null, rtt: { ...(await fullPing()).rtt!, jitterMs: null } });
  assertEquals(await verdicts(single, ["jitter>5s"]), [[null, true]]);
});

Deno.test("judgeGate(): changes of a comparison", async () => {
  const rates = { requestsPerSecond: 1000, sentBytesPerSecond: 0, receivedBytesPerSecond: 0 };
  const before = await fullBench({ error: null, rates });
  const after = await fullBench({ error: null, rates: { ...rates, requestsPerSecond: 950, sentBytesPerSecond: 1 } });
  const comparison = compareResults([before], [after]);
  const gates = ["rate<-5%", "rate<=-5%", "sent>10%", "received>10%", "p99.999>10%", "p50>0%"];
  const judged = await judgeGates(gates.map((gate) => parseGate(gate, "compare")), comparison);
  assertEquals(judged.map(({ value, hit }) => [value, hit]), [
    [-5, false],
    [-5, true],
    [null, true], // from nothing to something
    [0, false],
    [null, true], // on neither side
    [0, false],
  ]);
});

Deno.test("judgeGate() refuses a result of another kind", async () => {
  const gate = parseGate("loss>5%", "ping");
  const message = 'cannot judge a result of bench by "loss>5%": that is a gate for ping';
  const bench = await fullBench();
  await assertRejects(() => judgeGate(gate, bench), TypeError, message);
});

Deno.test("gateText(): the verdict in words", () => {
  const table: [expression: string, value: number | null, text: string][] = [
    ["p99>5ms", 7.1, "p99 is 7.1 ms"],
    ["p99>5ms", 7.123456789, "p99 is 7.12346 ms"],
    [" max >= 1s", 1000, "max is 1000 ms"],
    ["p99.99>5ms", null, "p99.99 is unknown: too few samples"],
    ["max>5ms", null, "max is unknown: nothing was measured"],
    ["errors>0", 3, "errors is 3"],
    ["rate<10k", 9500.5, "rate is 9500.5 requests/s"],
    ["sent<1M", 1024, "sent is 1024 bytes/s"],
    ["loss>5%", 7, "loss is 7%"],
    ["loss>5%", null, "loss is unknown: nothing was measured"],
    ["p99>10%", 12.5, "p99 changed by +12.5%"],
    ["rate<-5%", -7.25, "rate changed by -7.25%"],
    ["p99>10%", null, "the change of p99 is unknown: one side has no figure, or the first has 0"],
  ];
  for (const [expression, value, text] of table) {
    assertEquals(gateText({ expression, value, hit: true }), `--fail-if ${expression.trim()}: ${text}`);
  }
});

Deno.test("gateText() is one line, and not longer than one can read, however the gate was written", () => {
  const wide = parseGate("\r\n p99\n>\u2028 5ms\n", "bench");
  assertEquals(gateText({ ...wide, value: 7.1, hit: true }), "--fail-if p99 > 5ms: p99 is 7.1 ms");
  const long = parseGate(`p99>${"0".repeat(1000)}5ms`, "bench");
  assertEquals(gateText({ ...long, value: 7.1, hit: true }), `--fail-if p99>${"0".repeat(60)}…: p99 is 7.1 ms`);
  const name = `p${"0".repeat(63)}`;
  const nought = parseGate(`${name}0.5>5ms`, "bench");
  assertEquals(gateText({ ...nought, value: 7.1, hit: true }), `--fail-if ${name}…: ${name}… is 7.1 ms`);
});

Deno.test("parseGate() refuses numbers that there are not", () => {
  for (const [text, kind] of [["loss>", "ping"], ["rate>-", "compare"]] as const) {
    assertThrows(() => parseGate(`${text}${"9".repeat(400)}%`, kind), RangeError, '9…" is too large');
  }
  assertThrows(() => parseGate(`p99>${"9".repeat(400)}us`, "bench"), RangeError, '9…" is too large');
});
