import { assertEquals, assertStringIncludes } from "@std/assert";
import { headlineRows } from "../../scripts/bench/headline.ts";
import type { Measured } from "../../scripts/bench/load_client.ts";
import { partTables } from "../../scripts/bench/part_tables.ts";
import { barChart, scaleCurves } from "../../scripts/bench/peers_charts.ts";
import { peersPage } from "../../scripts/bench/peers_page.ts";
import { emptyResult, hasFailed, type PeersResult } from "../../scripts/bench/peers_result.ts";
import { peersText } from "../../scripts/bench/peers_text.ts";
import { textTable } from "../../scripts/bench/text_table.ts";
import { ratioTable, throughputTables } from "../../scripts/bench/throughput_tables.ts";
import { readOptions } from "../../scripts/bench/bench_options.ts";

function measured(echoesPerSecond: number): Measured {
  return { echoesPerSecond, p50Ms: 0.5, p99Ms: 2, cpuSecondsPerMillion: 8 };
}

/** A result that was never measured: three rounds of Sounder, C and Node at two points, Node with a wrong echo in the second. */
function fixture(): PeersResult {
  const options = readOptions(["--points", "64x64,8x1M:stream", "--rounds", "3"]);
  const peers = ["sounder", "c", "node"].map((name) => ({
    name,
    title: `The ${name} server`,
    version: "1.2",
    forks: false,
    command: () => ({ program: name, args: [] }),
  }));
  const machine = { system: "linux 6.1 x86_64", cpu: "CPU <model>", cores: 2, descriptors: 1024 };
  const leftOut = [{ what: "node, 8 x 1MiB stream, c client", why: "wrong bytes came back", failed: "node" }];
  const result = emptyResult({ options, peers, machine, leftOut, startedAt: new Date("2026-11-21T12:00:00Z") });
  const [small, stream] = options.points;
  const cell = (point: typeof small, server: string, rates: number[], failure: string | null = null) =>
    result.throughput.push({ point, client: "c", server, rounds: rates.map(measured), failure });
  cell(small, "sounder", [40_000, 36_000, 90_000]);
  cell(small, "c", [50_000, 40_000, 100_000]);
  cell(small, "node", [30_000, 20_000, 70_000]);
  cell(stream, "sounder", [400, 400, 400]);
  cell(stream, "c", [800, 1000, 1000]);
  cell(stream, "node", [500, 500], "wrong bytes came back");
  return result;
}

/** The same with every part. */
function fullFixture(): PeersResult {
  const result = fixture();
  const [small] = result.options.points;
  result.client.push({ point: small, rounds: [{ c: 100_000, sounder: 80_000, unverified: 100_000 }] });
  const used = { baseline: 50 * 2 ** 20, silent: 51 * 2 ** 20, spoken: 52 * 2 ** 20, afterBulk: 54 * 2 ** 20 };
  result.memory.push({ server: "sounder", connections: 1024, rounds: [used] });
  result.memory.push({ server: "node", connections: 1024, rounds: [used, null] });
  result.startup.push({ server: "empty", rounds: [20, 40] }, { server: "sounder", rounds: [30, 50] });
  for (const [server, scale] of [["sounder", 1], ["c", 2]] as const) {
    for (const connections of [1, 10]) {
      const rounds = [{ echoesPerSecond: 10_000 * scale, peakBytes: 2 ** 20 * connections }];
      result.scale.push({ server, connections, rounds, failure: null });
    }
  }
  return result;
}

Deno.test("textTable: columns as wide as their widest cell", () => {
  assertEquals(textTable(["server", "x"], [["c", "1.00"], ["sounder", ""]]), [
    "server      x",
    "c        1.00",
    "sounder",
  ]);
});

Deno.test("throughput: ratios within rounds, and no mean where a point is missing", () => {
  assertEquals(ratioTable(fixture(), "c").rows, [
    ["sounder", "0.90", "0.40", "0.60"],
    ["c", "1.00", "1.00", "1.00"],
    ["node", "0.60", "–", "–"],
  ]);
});

Deno.test("throughput: median, least and most; what failed once has no figure", () => {
  const [, small, stream] = throughputTables(fixture());
  assertEquals(small.title, "64 x 64B, c client");
  assertEquals(small.rows[0], "sounder 40.0k 36.0k 90.0k 0.90 0.80 0.90 8.00 500µs 2.00ms".split(" "));
  assertEquals(stream.rows[2], "node – – – – – – –".split(" "));
  assertStringIncludes(stream.note, "An echo is 1MiB that came back.");
});

Deno.test("the other parts: their tables", () => {
  const [client, memory, startup, scale] = partTables(fullFixture());
  assertEquals(client.rows, [["64 x 64B", "100k", "80.0k", "0.80", "0.80", "0.80", "100k", "20.0%"]]);
  assertEquals(client.note, "Geometric mean of the ratios: 0.80.");
  assertEquals(memory.rows, [
    ["sounder", "50.0MiB", "1,024", "1.00KiB", "2.00KiB", "4.00KiB"],
    ["node", "–", "1,024", "–", "–", "–"],
  ]);
  assertEquals(startup.rows[1], ["sounder", "40.0ms", "30.0ms", "50.0ms", "1.38", "1.25", "1.50"]);
  assertEquals(scale.rows[1], ["10", "10.0k", "0.50", "10.0MiB", "20.0k", "1.00", "10.0MiB"]);
  assertEquals(partTables(fixture()), []);
});

Deno.test("text: the machine, the date, every server, and what is left out with the reason", () => {
  const lines = peersText({ ...fullFixture(), elapsedMs: 61_000, partial: true }).split("\n");
  assertEquals(lines[1], "2 cores, CPU <model>, linux 6.1 x86_64");
  assertEquals(
    lines[2],
    "2026-11-21, 3 rounds, 2s each after 300ms of warmup, 61 s in all; cut short by a signal",
  );
  assertEquals(lines.slice(4, 7), [
    "sounder  The sounder server; 1.2",
    "c        The c server; 1.2",
    "node     The node server; 1.2",
  ]);
  assertEquals(lines.slice(-3), ["Left out", "node, 8 x 1MiB stream, c client: wrong bytes came back", ""]);
});

Deno.test("result: failed where Sounder or the base failed, not where a peer did", () => {
  const failed = (name: string | null) =>
    hasFailed({ base: "c", leftOut: [{ what: "something", why: "a reason", failed: name }] });
  assertEquals(["sounder", "c", "empty", "node", null].map(failed), [true, true, true, false, false]);
  assertEquals(hasFailed({ base: "c", leftOut: [] }), false);
});

Deno.test("result: compared with the first server where there is no C server", () => {
  const { options, machine } = fixture();
  const peer = { title: "", version: "", forks: false, command: () => ({ program: "", args: [] }) };
  const begun = { options: readOptions(["--json"]), machine, leftOut: [], startedAt: new Date() };
  const peers = ["sounder", "node"].map((name) => ({ ...peer, name }));
  assertEquals(emptyResult({ ...begun, peers }).base, "sounder");
  assertEquals(Object.hasOwn(options, "json"), false);
});

Deno.test("headline: figures of what was measured only", () => {
  assertEquals(headlineRows(fullFixture()).map(({ value }) => value), ["0.60", "2.00KiB", "40.0ms", "0.80"]);
  assertEquals(headlineRows(fixture()).map(({ name }) => name), ["Throughput to c"]);
  assertEquals(headlineRows({ ...fixture(), throughput: [] }), []);
});

Deno.test("charts: bars from the longest to what failed, with the reason; curves by connections", () => {
  const result = fullFixture();
  const { bars } = barChart(result, result.options.points[1], "c");
  assertEquals(bars.map(({ server, rate, ratio }) => [server, rate, ratio]), [
    ["c", "1.00k", "1.00"],
    ["sounder", "400", "0.40"],
    ["node", "wrong bytes came back", ""],
  ]);
  assertEquals(bars[1].length, { median: 0.4, min: 0.4, max: 0.4 });
  const [rate, memory] = scaleCurves(result);
  assertEquals([rate.x, rate.series.map(({ values }) => values)], [[1, 10], [[10_000, 10_000], [20_000, 20_000]]]);
  assertEquals(memory.series[0].values, [2 ** 20, 10 * 2 ** 20]);
  assertEquals(scaleCurves(fixture()), []);
});

Deno.test("page: holds everything, its result as JSON, and loads nothing", async () => {
  const result = fullFixture();
  const page = await peersPage(result);
  const json = /<script type="application\/json" id="result">(.*?)<\/script>/s.exec(page)![1];
  assertEquals(JSON.parse(json), JSON.parse(JSON.stringify(result)));
  assertStringIncludes(page, "2 cores, CPU &lt;model&gt;, linux");
  assertEquals(page.match(/<div class="chart" id="chart-scale-\w+"/g)?.length, 2);
  assertEquals(/(?:src|href)="(?!data:)|@import|url\(/.test(page), false);
});
