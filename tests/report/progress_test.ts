import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type ProgressState, progressText } from "../../lib/report/progress.ts";

const STATE: ProgressState = {
  elapsedMs: 3400,
  totalMs: 10_000,
  requestsPerSecond: 52310.4,
  p50Ms: 0.912,
  p99Ms: 2.13,
  errors: 0,
  warmup: false,
};

const LINES: [string, Partial<ProgressState>, number, string][] = [
  ["all of it", {}, 100, "[■■■■■■■■■■                    ]   7s left   52.3k req/s  p50 912µs   p99 2.13ms"],
  ["the bar shrinks first", {}, 60, "[■■■       ]   7s left   52.3k req/s  p50 912µs   p99 2.13ms"],
  ["then the last figures go", {}, 40, "[■■■■■         ]   7s left   52.3k req/s"],
  ["then the bar", {}, 20, " 7s left"],
  [
    "errors stand before percentiles",
    { errors: 12 },
    60,
    "[■■■■       ]   7s left   52.3k req/s  12 errors  p50 912µs",
  ],
  ["one error", { errors: 1 }, 50, "[■■■■■          ]   7s left   52.3k req/s  1 error"],
  ["minutes", { totalMs: 600_000 }, 44, "[               ]   9m57s left   52.3k req/s"],
  ["a stream", { bytesPerSecond: 2 ** 30 }, 80, "[■■■■■■■■■■                    ]   7s left     1.00GiB/s"],
  ["the end", { elapsedMs: 10_000 }, 30, "[■■■■■■■■■■■■■■■■■■]   0s left"],
  ["past the end", { elapsedMs: 12_000 }, 30, "[■■■■■■■■■■■■■■■■■■]   0s left"],
];

for (const [name, changes, width, line] of LINES) {
  Deno.test(`progress at ${width} columns: ${name}`, () => {
    assertEquals(progressText({ ...STATE, ...changes }, width).trimEnd(), line);
  });
}

Deno.test("the warmup is told from the measured time", () => {
  assertStringIncludes(progressText({ ...STATE, warmup: true, p50Ms: null, p99Ms: null }, 100), "left  warming up  ");
  assert(!progressText(STATE, 100).includes("warming up"));
});

Deno.test("the line is never wider than the terminal, and of one length while only its numbers change", () => {
  for (let width = 1; width <= 120; width++) {
    const line = progressText({ ...STATE, errors: 123_456, warmup: true }, width);
    assert(Array.from(line).length <= width, `${width}: ${line}`);
  }
  const lengths = new Set(
    [0, 1, 52, 523, 5231, 52310].map((requestsPerSecond) => progressText({ ...STATE, requestsPerSecond }, 100).length),
  );
  assertEquals(lengths.size, 1);
});
