import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type ComparedMetric, compareResults, type Comparison } from "../../lib/measure/compare_results.ts";
import { compareText } from "../../lib/report/compare_text.ts";
import { benchFixture, refusedFixture } from "../support/bench_fixture.ts";

function row(metric: string, unit: ComparedMetric["unit"], before: number[], after: number[]): ComparedMetric {
  const side = (values: number[]) => ({
    median: values[values.length >> 1] ?? null,
    min: values[0] ?? null,
    max: values.at(-1) ?? null,
    runs: values.length,
  });
  const [left, right] = [side(before), side(after)];
  const known = left.median !== null && right.median !== null;
  return {
    metric,
    unit,
    better: unit === "ms" ? "lower" : "higher",
    before: left,
    after: right,
    changePercent: known ? 100 * (right.median! - left.median!) / left.median! : null,
    withinSpread: known ? left.min! <= right.max! && right.min! <= left.max! : null,
  };
}

const COMPARISON: Comparison = {
  schema: 1,
  command: "compare",
  runsBefore: 3,
  runsAfter: 3,
  rows: [
    row("rate", "requests/s", [51_000, 52_310, 53_000], [61_000, 62_000, 63_000]),
    row("p50", "ms", [1, 1, 1], [1, 1, 1]),
    row("p99", "ms", [1.1, 1.2, 1.3], [1.2, 1.25, 1.5]),
    row("p99.9", "ms", [5, 5, 5], [10, 11, 12]),
    row("p99.99", "ms", [], []),
  ],
  notes: ["options.connections differs: 50 before, 20 after"],
  gates: [{ expression: "p99.9>10%", value: 120, hit: true }],
};

Deno.test("several runs: medians, ranges, changes and what they mean", () => {
  assertEquals(
    compareText(COMPARISON),
    `Note: options.connections differs: 50 before, 20 after

Compared: 3 runs before, 3 runs after (median, and range over the runs)
           before                        after                      change
  rate    52.3k/s  51.0k/s to 53.0k/s  62.0k/s  61.0k/s to 63.0k/s  +18.5%  better
  p50      1.00ms  1.00ms to 1.00ms     1.00ms  1.00ms to 1.00ms       ±0%
  p99      1.20ms  1.10ms to 1.30ms     1.25ms  1.20ms to 1.50ms    +4.17%  may be chance
  p99.9    5.00ms  5.00ms to 5.00ms     11.0ms  10.0ms to 12.0ms     +120%  worse
  p99.99        –                            –                           –

Gates:
  hit     p99.9>10%  +120%`,
  );
});

Deno.test("one run on each side: no ranges, and a warning", async () => {
  const [before, after] = await Promise.all([benchFixture(), benchFixture({ perSecond: 1800 })]);
  const text = compareText(compareResults([before], [after]));
  assertMatch(text, /^Compared: 1 run before, 1 run after$/m);
  assertMatch(text, /^ {2}rate +2\.03k\/s +1\.82k\/s +-10\.5% {2}worse\?$/m);
  assertStringIncludes(text, "One run on each side cannot tell a difference from chance");
  assert(!text.includes(" to "));
});

Deno.test("a side that measured nothing has no figures", async () => {
  const text = compareText(compareResults([await benchFixture()], [await refusedFixture()]));
  assertMatch(text, /^ {2}rate +2\.03k\/s +– +–$/m);
  assertStringIncludes(text, "measured nothing: cannot connect to 127.0.0.1:9: connection refused");
});

Deno.test("no line is wider than asked, and colours only where they are wanted", () => {
  for (const line of compareText(COMPARISON, { width: 40 }).split("\n")) assert(Array.from(line).length <= 40, line);
  assert(!compareText(COMPARISON).includes("\x1b"));
  assertStringIncludes(compareText(COMPARISON, { color: true }), "\x1b[31mworse\x1b[0m");
});
