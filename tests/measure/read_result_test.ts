import { assertEquals, assertThrows } from "@std/assert";
import { mergeResults } from "../../lib/measure/merge_results.ts";
import { compareResults } from "../../lib/measure/compare_results.ts";
import { readResult } from "../../lib/measure/read_result.ts";
import { fullBench, fullPing } from "../support/result_fixtures.ts";

Deno.test("readResult() gives back what was written, members of later versions included", async () => {
  const bench = await fullBench();
  assertEquals(readResult(JSON.stringify(bench), "a.json"), JSON.parse(JSON.stringify(bench)));
  const later = { ...bench, later: 1, totals: { ...bench.totals, later: 2 } };
  const read = readResult(JSON.stringify(later, null, 2) + "\n", "a.json");
  assertEquals(read, JSON.parse(JSON.stringify(later)));
  assertEquals((await mergeResults([read, read])).merged, 2);
  assertEquals(compareResults([read], [read]).runsAfter, 1);
});

Deno.test("readResult() refuses in one line, with the name and the member", async () => {
  const bench = await fullBench();
  const table: [text: string, kind: new () => Error, message: string][] = [
    ["", SyntaxError, "a.json: is no JSON: it is empty"],
    ["{", SyntaxError, "a.json: is no JSON: "],
    ["<html>\n</html>", SyntaxError, "a.json: is no JSON: "],
    ["3", TypeError, 'a.json: is no result of sounder: use what "sounder bench --json" prints'],
    ["null", TypeError, "a.json: is no result of sounder"],
    ["[]", TypeError, "a.json: is no result of sounder"],
    ['{"schema":1}', TypeError, "a.json: is no result of sounder"],
    [
      JSON.stringify(await fullPing()),
      TypeError,
      'a.json: is a result of ping: use what "sounder bench --json" prints',
    ],
    ['{"schema":1,"command":{}}', TypeError, "a.json: is a result of something else"],
    [JSON.stringify({ ...bench, schema: 2 }), TypeError, "a.json: has schema 2, this version reads 1: use the version"],
    ['{"schema":1,"command":"bench"}', TypeError, "a.json: is no whole result of a bench: target is missing"],
    [
      JSON.stringify({ ...bench, latency: { ...bench.latency, count: "3" } }),
      TypeError,
      'a.json: is no whole result of a bench: latency.count is "3", should be integer',
    ],
    [JSON.stringify({ ...bench, rates: { requestsPerSecond: 1 } }), TypeError, "rates.sentBytesPerSecond is missing"],
    [JSON.stringify({ ...bench, elapsedMs: NaN }), TypeError, "elapsedMs is null, should be number"],
    [JSON.stringify({ ...bench, series: [{}] }), TypeError, "series[0].startMs is missing"],
  ];
  for (const [text, kind, message] of table) {
    const error = assertThrows(() => readResult(text, "a.json"), kind, message);
    assertEquals(error.message.includes("\n"), false, error.message);
  }
});
