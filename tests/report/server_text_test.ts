import { assertEquals } from "@std/assert";
import { ageText, ratesBetween, reasonsText, summaryText } from "../../lib/report/server_text.ts";
import { factsOf } from "../support/server_facts.ts";
import { statsOf } from "../support/server_stats.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

Deno.test("ageText has the two largest units, on both sides of each border", () => {
  const table: [number, string][] = [
    [0, "0s"],
    [999, "0s"],
    [MINUTE - 1, "59s"],
    [MINUTE, "1m00s"],
    [3 * MINUTE + 7000, "3m07s"],
    [HOUR - 1, "59m59s"],
    [HOUR, "1h00m"],
    [DAY - 1, "23h59m"],
    [DAY, "1d00h"],
    [12 * DAY + 3 * HOUR, "12d03h"],
  ];
  assertEquals(table.map(([ms]) => ageText(ms)), table.map(([, text]) => text));
});

Deno.test("ratesBetween: between two moments, from the start without an earlier one, none without time", () => {
  const early = factsOf({ uptimeMs: 1000, stats: statsOf({ bytesIn: 500, bytesOut: 100 }) });
  const late = factsOf({ uptimeMs: 3000, stats: statsOf({ bytesIn: 2500, bytesOut: 700 }) });
  assertEquals(ratesBetween(early, late), { bytesInPerSecond: 1000, bytesOutPerSecond: 300 });
  assertEquals(ratesBetween(undefined, early), { bytesInPerSecond: 500, bytesOutPerSecond: 100 });
  assertEquals(ratesBetween(late, late), { bytesInPerSecond: 0, bytesOutPerSecond: 0 });
  assertEquals(ratesBetween(undefined, factsOf({ uptimeMs: 0 })), { bytesInPerSecond: 0, bytesOutPerSecond: 0 });
});

Deno.test("summaryText tells all in a line, reasons only where there are some", () => {
  assertEquals(reasonsText({ access: 0, maxPerHost: 1200 }), " (maxPerHost 1,200)");
  const stats = statsOf({ open: 12, total: 3456, bytesIn: 2048, bytesOut: 1024, errors: 1 }, {
    access: 3,
    handshake: 1,
  });
  assertEquals(
    summaryText(factsOf({ stats }), { bytesInPerSecond: 100, bytesOutPerSecond: 50 }, "the start"),
    "up 1m02s, 12 open, 3,456 served, 4 refused (access 3, handshake 1), 1 error, 2.00KiB in, 1.00KiB out, " +
      "100B/s in and 50B/s out since the start",
  );
});
