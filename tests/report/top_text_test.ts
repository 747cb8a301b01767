import { assert, assertEquals } from "@std/assert";
import { type TopState, topText } from "../../lib/report/top_text.ts";
import { connectionOf, factsOf } from "../support/server_facts.ts";
import { statsOf } from "../support/server_stats.ts";

const WIDE = { columns: 100, rows: 24, color: false };

function stateOf(count: number, given: Partial<TopState> = {}): TopState {
  const connections = Array.from(
    { length: count },
    (_, at) =>
      connectionOf(at + 1, { bytesIn: 2048, bytesOut: 1024, bytesInPerSecond: 1023 * 1024, bytesOutPerSecond: 50 }),
  );
  return {
    facts: factsOf({ stats: statsOf({ open: count, total: 1234, bytesIn: 2 ** 30, bytesOut: 10 }, { access: 2 }) }),
    rates: { bytesInPerSecond: 1536, bytesOutPerSecond: 0 },
    connections,
    total: count,
    log: [],
    ...given,
  };
}

Deno.test("topText: the server, then its connections in columns", () => {
  const secured = connectionOf(2, { tls: { version: "1.3" }, state: "finishing", ageMs: 125_000 });
  const state = stateOf(1);
  const lines = topText({ ...state, connections: [...state.connections, secured], total: 2 }, WIDE);
  assertEquals(lines, [
    "sounder 1.2.3  up 1m02s  127.0.0.1:9999 (echo)",
    "open 1  served 1,234  errors 0  refused 2 (access 2)",
    "in 1.50KiB/s, 1.00GiB in all  out 0B/s, 10B in all",
    "",
    "PEER             SERVICE   STATE            AGE   RECEIVED       SENT       IN/S      OUT/S",
    "192.0.2.7:10001  echo      serving           1s    2.00KiB    1.00KiB  1023KiB/s      50B/s",
    "192.0.2.7:10002  echo+tls  finishing      2m05s         0B         0B       0B/s       0B/s",
  ]);
});

Deno.test("topText: without a connection it says so; while stopping, too", () => {
  const lines = topText(stateOf(0, { facts: factsOf({ stopping: true }) }), WIDE);
  assertEquals(lines[0], "sounder 1.2.3  up 1m02s  STOPPING  127.0.0.1:9999 (echo)");
  assertEquals(lines.slice(3), ["", "no connection is open"]);
});

Deno.test("topText: as many connections as there are lines for, and how many there are more", () => {
  const rows = 10;
  // Four lines before the table, its heading, and five connections: the last place at which all are shown.
  assertEquals(topText(stateOf(5), { ...WIDE, rows }).at(-1)?.split(" ", 1), ["192.0.2.7:10005"]);
  const more = topText(stateOf(6), { ...WIDE, rows });
  assertEquals(more.length, rows);
  assertEquals(more.slice(-2).map((line) => line.slice(0, 15)), ["192.0.2.7:10004", "… and 2 more"]);
  assertEquals(topText(stateOf(5, { total: 20_000 }), { ...WIDE, rows }).at(-1), "… and 19,996 more");
});

Deno.test("topText: on a narrow terminal columns go, the peer and what it does last", () => {
  const headings = (columns: number) => topText(stateOf(3), { ...WIDE, columns })[4].trim().split(/ +/);
  assertEquals(headings(90).length, 8);
  assertEquals(headings(80), ["PEER", "SERVICE", "AGE", "RECEIVED", "SENT", "IN/S", "OUT/S"]);
  assertEquals(headings(55), ["PEER", "AGE", "IN/S", "OUT/S"]);
  assertEquals(headings(40), ["PEER", "IN/S", "OUT/S"]);
  assertEquals(headings(20), ["PEER"]);
});

Deno.test("topText: the latest lines of the log stand at the bottom, cut, and go first where there is no room", () => {
  const log = ["one", "two", "three", "four", `five\x1b[2J${"x".repeat(200)}`];
  const lines = topText(stateOf(3, { log }), WIDE);
  assertEquals(lines.length, WIDE.rows);
  assertEquals(lines.slice(-4, -1), ["two", "three", "four"]);
  assertEquals(lines.at(-1), `five?[2J${"x".repeat(92)}`);
  assertEquals(lines.at(-5), "");
  const low = topText(stateOf(3, { log }), { ...WIDE, rows: 11 });
  assertEquals(low.length, 8);
  assertEquals(low.at(-1)?.slice(0, 15), "192.0.2.7:10003");
  assertEquals(topText(stateOf(3, { log }), { ...WIDE, rows: 12 }).at(-1), lines.at(-1));
});

Deno.test("topText never exceeds a terminal, whatever its size and however much there is to show", () => {
  for (let columns = 1; columns < 130; columns += 7) {
    for (let rows = 1; rows < 30; rows++) {
      for (const count of [0, 1, 5, 40]) {
        const lines = topText(stateOf(count, { log: ["a".repeat(99), "b", "c", "d"] }), {
          columns,
          rows,
          color: false,
        });
        assert(lines.length <= rows, `${lines.length} lines of ${rows}`);
        for (const line of lines) assert(line.length <= columns, `${columns}: "${line}"`);
      }
    }
  }
});

Deno.test("topText: with color the heading is in reverse video, over the whole width", () => {
  const plain = topText(stateOf(1), WIDE);
  const lines = topText(stateOf(1), { ...WIDE, color: true });
  assertEquals(lines[4], `\x1b[7m${plain[4].padEnd(100)}\x1b[0m`);
  assertEquals(lines.toSpliced(4, 1), plain.toSpliced(4, 1));
});
