import { assert, assertEquals, assertThrows } from "@std/assert";
import { createPacer } from "../../lib/measure/pacer.ts";

Deno.test("Pacer: requests are spread evenly over the connections", () => {
  const dues: [time: number, connection: number][] = [];
  for (let connection = 0; connection < 4; connection++) {
    const pacer = createPacer({ ratePerSecond: 1000, connections: 4, connection });
    for (let k = 0; k < 3; k++) dues.push([pacer.dueAt(k), connection]);
  }
  dues.sort(([a], [b]) => a - b);
  assertEquals(dues, Array.from({ length: 12 }, (_, at) => [at, at % 4]));
});

Deno.test("Pacer: how many are due, by time", () => {
  const table: [rate: number, n: number, i: number, elapsedMs: number, dueBy: number, dueBefore: number][] = [
    [1000, 1, 0, -1, 0, 0],
    [1000, 1, 0, 0, 1, 0], // the first is due at the begin
    [1000, 1, 0, 0.999, 1, 1],
    [1000, 1, 0, 1, 2, 1],
    [1000, 2, 1, 0.999, 0, 0],
    [1000, 2, 1, 1, 1, 0],
    [1000, 2, 1, 1.001, 1, 1],
    [3, 1, 0, 1000, 4, 3],
    [3, 1, 0, 333.3, 1, 1],
    [7, 1, 0, 1000, 8, 7],
    [0.5, 1, 0, 1999, 1, 1],
    [0.5, 1, 0, 2000, 2, 1],
    [10_000, 50, 49, 10_000, 2000, 2000],
    [1e6, 1, 0, 10_000, 10_000_001, 10_000_000],
    [1e6, 1, 0, 36_000_000, 36_000_000_001, 36_000_000_000], // ten hours
  ];
  for (const [ratePerSecond, connections, connection, elapsedMs, dueBy, dueBefore] of table) {
    const pacer = createPacer({ ratePerSecond, connections, connection });
    const what = `${ratePerSecond}/s, ${connection} of ${connections}, ${elapsedMs} ms`;
    assertEquals(pacer.dueBy(elapsedMs), dueBy, what);
    assertEquals(pacer.dueBefore(elapsedMs), dueBefore, what);
  }
});

/** The double that is so many steps away: one is the least that a clock could tell. The value is above 0. */
function stepped(value: number, steps: bigint): number {
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0] += steps;
  return new Float64Array(bits.buffer)[0];
}

Deno.test("Pacer: a request is due from its time on, to the last bit, however late", () => {
  for (const ratePerSecond of [3, 7, 10_000, 1e6, 333.3, 0.1]) {
    for (const [connections, connection] of [[1, 0], [7, 3], [10_000, 9999]]) {
      const pacer = createPacer({ ratePerSecond, connections, connection });
      const hours = Math.floor(10 * 3600 * ratePerSecond / connections);
      for (const k of [0, 1, 2, 3, 1000, 12_345, hours - 1, hours, hours + 1].filter((k) => k >= 0)) {
        const what = `${ratePerSecond}/s, ${connection} of ${connections}, request ${k}`;
        const at = pacer.dueAt(k);
        assertEquals([pacer.dueBefore(at), pacer.dueBy(at)], [k, k + 1], what);
        assertEquals(pacer.dueBefore(at === 0 ? 1e-300 : stepped(at, 1n)), k + 1, what);
        assertEquals(pacer.dueBy(at === 0 ? -1e-300 : stepped(at, -1n)), k, what);
        // No drift: the time is the exact quotient, rounded once.
        const exact = (k * connections + connection) / ratePerSecond;
        assert(Math.abs(at / 1000 - exact) <= exact * Number.EPSILON, what);
      }
    }
  }
});

Deno.test("Pacer: over all connections a run owes its rate times its length", () => {
  const table: [rate: number, connections: number, durationMs: number, due: number][] = [
    [1000, 50, 10_000, 10_000],
    [3, 50, 10_000, 30],
    [7, 3, 1000, 7],
    [10_000, 64, 500, 5000],
    [0.4, 2, 10_000, 4],
    [0.1, 2, 9_999, 1],
  ];
  for (const [ratePerSecond, connections, durationMs, due] of table) {
    let sum = 0;
    for (let connection = 0; connection < connections; connection++) {
      sum += createPacer({ ratePerSecond, connections, connection }).dueBefore(durationMs);
    }
    assertEquals(sum, due, `${ratePerSecond}/s for ${durationMs} ms`);
  }
});

Deno.test("createPacer() refuses what is no schedule", () => {
  const good = { ratePerSecond: 1, connections: 2, connection: 1 };
  for (const ratePerSecond of [0, -1, NaN, Infinity]) {
    assertThrows(() => createPacer({ ...good, ratePerSecond }), RangeError, `bad rate ${ratePerSecond}:`);
  }
  for (const connection of [-1, 2, 0.5, NaN]) {
    assertThrows(() => createPacer({ ...good, connection }), RangeError, `bad connection ${connection} of 2:`);
  }
});
