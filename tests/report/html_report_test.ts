import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { mergeResults } from "../../lib/measure/merge_results.ts";
import type { Chart } from "../../lib/report/html_charts.ts";
import { htmlReport } from "../../lib/report/html_report.ts";
import { benchFixture, refusedFixture, streamFixture } from "../support/bench_fixture.ts";
import { distributionOf } from "../support/distribution_of.ts";

const HOSTILE = "</script><script>alert(1)</script><img src=x onerror=\"alert('2')\"> & <!-- \u2028";
const VOID = ["meta", "link", "br", "img"];

/** The JSON in the script element of that id. */
function embedded(page: string, id: string): unknown {
  const [, text] = page.match(new RegExp(`<script type="application/json" id="${id}">([^<]*)</script>`))!;
  return JSON.parse(text);
}

/** The elements of a page; throws where one is not closed, or a bare `<` or `&` stands in text. */
function elementsOf(page: string): string[] {
  const open: string[] = [], found: string[] = [];
  const markup = page.replace(/^<!DOCTYPE html>\n/, "").replaceAll(/(<(script|style)[^>]*>)[^]*?<\/\2>/g, "$1</$2>");
  for (const [, tag, text] of markup.matchAll(/<((?:"[^"]*"|[^">])*)>([^<]*)/g)) {
    const name = tag.match(/^\/?([a-z0-9]+)/)?.[1] ?? "none";
    if (tag.startsWith("/")) assertEquals(open.pop(), name, `</${name}>`);
    else {
      found.push(tag);
      if (!VOID.includes(name)) open.push(name);
    }
    assertEquals(text.replaceAll(/&(amp|lt|gt|quot|#39);/g, "").includes("&"), false, text);
  }
  assertEquals(open, []);
  return found;
}

/** The page's text as a reader without scripts has it. */
function textOf(page: string): string {
  return page.replaceAll(/<(script|style)[^>]*>[^]*?<\/\1>/g, "").replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
}

function chartIds(page: string): string[] {
  return (embedded(page, "charts") as Chart[]).map(({ id }) => id);
}

const RESULTS: [string, () => Promise<BenchResult>, string[]][] = [
  ["closed loop", () => benchFixture(), ["percentiles", "throughput", "latency"]],
  ["open loop, behind", () => benchFixture({ open: true, behind: true }), ["percentiles", "throughput", "latency"]],
  ["one second", () => benchFixture({ seconds: 1 }), ["percentiles", "throughput", "latency"]],
  ["one request", () => benchFixture({ seconds: 1, perSecond: 1 }), ["percentiles", "throughput", "latency"]],
  ["no request", () => benchFixture({ perSecond: 0 }), ["throughput"]],
  ["partial", () => benchFixture({ seconds: 3.21, result: { partial: true } }), [
    "percentiles",
    "throughput",
    "latency",
  ]],
  ["refused", refusedFixture, []],
  ["stream", () => streamFixture(), ["throughput"]],
  ["merged", merged, ["percentiles", "throughput", "latency"]],
  ["ten minutes", () => benchFixture({ seconds: 600, perSecond: 20 }), ["percentiles", "throughput", "latency"]],
];

async function merged(): Promise<BenchResult> {
  return await mergeResults([
    await benchFixture(),
    await benchFixture({ seconds: 9, options: { durationMs: 10_000 } }),
  ]);
}

for (const [name, make, ids] of RESULTS) {
  Deno.test(`page of a result: ${name}`, async () => {
    const result = await make();
    const page = await htmlReport(result);
    assert(page.startsWith('<!DOCTYPE html>\n<html lang="en">'));
    const elements = elementsOf(page);
    assertEquals(embedded(page, "result"), result as unknown);
    assertEquals(chartIds(page), ids);
    for (const id of ids) {
      assert(elements.some((tag) => tag.includes(`id="chart-${id}"`) && tag.includes("aria-label")));
    }
    assert(!/\b(NaN|undefined|Infinity|null)\b/.test(textOf(page)), "a figure that is none");
  });
}

Deno.test("the figures and tables can be read without JavaScript", async () => {
  const gates = [{ expression: "p99>5ms", value: 1.234, hit: false }, {
    expression: "rate<10k",
    value: 2000,
    hit: true,
  }];
  const errors = [{ kind: "reset", count: 1200, example: "Connection reset by peer" }] as const;
  const text = textOf(await htmlReport(await benchFixture({ open: true, errors: [...errors], result: { gates } })));
  assertStringIncludes(text, "Gate hit: rate&lt;10k (2.00k/s)");
  assertStringIncludes(text, "Requests/s 2.03k of 2,000 asked, 20,299 requests");
  assertStringIncludes(text, "99% 899ms 1.44ms");
  assertStringIncludes(text, "reset 1,200 Connection reset by peer");
  assertStringIncludes(text, "p99&gt;5ms 1.23ms passed");
  assertStringIncludes(text, "Load open loop at 2,000/s");
  assertStringIncludes(text, "Deno 2.9.6");
});

Deno.test("nothing from a result becomes markup", async () => {
  const calm = await htmlReport(await benchFixture({ errors: [{ kind: "failed", count: 1, example: "calm" }] }));
  const result = await benchFixture({
    errors: [{ kind: "failed", count: 1, example: HOSTILE }],
    result: { target: { hostname: HOSTILE, port: 1 } },
  });
  const hostile = { ...result, environment: { ...result.environment, os: HOSTILE, sounder: HOSTILE } };
  const page = await htmlReport({ ...hostile, startedAt: HOSTILE });
  const names = (of: string) => elementsOf(of).map((tag) => tag.split(" ")[0]);
  assertEquals(names(page), names(calm));
  assertEquals(embedded(page, "result"), { ...hostile, startedAt: HOSTILE } as unknown);
  assert(!page.includes(HOSTILE) && !page.includes("<img"));
  assertStringIncludes(page, "&lt;/script&gt;&lt;script&gt;alert(1)");
});

Deno.test("the page refers to nothing outside of it", async () => {
  const page = await htmlReport(await benchFixture());
  const urls = Array.from(page.matchAll(/(?:https?:)?\/\/[a-z0-9-]+\.[^\s"')]+/gi), ([url]) => url);
  // What uPlot's licence comment names is fetched by no one.
  assertEquals(urls, ["https://github.com/leeoniya/uPlot"]);
  const references = elementsOf(page).flatMap((tag) => tag.match(/\s(?:src|href|action|srcset)="[^"]*"/g) ?? []);
  assertEquals(references, [' href="data:,"']);
  assert(!/@import|url\(|\bfetch\(|XMLHttpRequest|new WebSocket|sendBeacon/.test(page));
});

Deno.test("the policy allows the scripts and styles of the page, by hash, and nothing else", async () => {
  const page = await htmlReport(await benchFixture());
  const [, policy] = page.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)!.map((found) =>
    found.replaceAll("&#39;", "'")
  );
  assertMatch(policy, /^default-src 'none'; script-src /);
  assert(!policy.includes("unsafe"));
  for (const kind of ["script", "style"]) {
    const texts = Array.from(page.matchAll(new RegExp(`<${kind}>([^]*?)</${kind}>`, "g")), ([, text]) => text);
    assertEquals(texts.length, 2);
    for (const text of texts) {
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
      const source = `'sha256-${btoa(String.fromCharCode(...hash))}'`;
      assert(policy.split(`${kind}-src `)[1].split(";")[0].includes(source), kind);
    }
  }
});

Deno.test("charts: every line has a value for every x, and x rises", async () => {
  for (const make of [() => benchFixture({ open: true, seconds: 2.5 }), merged, streamFixture]) {
    for (const { id, x, series } of embedded(await htmlReport(await make()), "charts") as Chart[]) {
      for (const { label, values } of series) assertEquals(values.length, x.length, `${id}, ${label}`);
      for (const [at, position] of x.entries()) assert(at === 0 || position > x[at - 1], `${id} at ${at}`);
    }
  }
});

Deno.test("the percentile chart: from the shortest sample to the longest, which one sample in all took", async () => {
  const latency = await distributionOf(Array.from({ length: 1000 }, (_, at) => at < 500 ? 1 : at < 999 ? 2 : 64));
  const [chart] = embedded(await htmlReport(await benchFixture({ result: { latency } })), "charts") as Chart[];
  const points = chart.x.map((beyond, at) => [beyond, chart.series[0].values[at]]);
  assertEquals(points[0], [1, 1]);
  // Half of the samples took 1 ms, so of two one lies beyond.
  assertEquals(points.find(([beyond]) => beyond === 2), [2, 1]);
  assertEquals(points.find(([beyond]) => beyond === 10), [10, 2]);
  assertEquals(points.at(-2), [100, 2]);
  assertEquals(points.at(-1), [1000, 64]);
});

Deno.test("a second that was cut short is drawn by its rate and as long as it was", async () => {
  const result = await benchFixture({ seconds: 1.5, perSecond: 1000 });
  const charts = embedded(await htmlReport(result), "charts") as Chart[];
  const chart = charts.find(({ id }) => id === "throughput")!;
  assertEquals(chart.x, [0, 1, 1.5]);
  const rate = result.series[1].requests * 2;
  assertEquals(chart.series[0].values, [result.series[0].requests, rate, rate]);
});

Deno.test("a result whose histogram cannot be read makes no page", async () => {
  const result = await benchFixture();
  const latency = { ...result.latency, count: result.latency.count + 1 };
  await assertRejects(() => htmlReport({ ...result, latency }), RangeError, "cannot read the histogram");
});
