import { assertEquals, assertThrows } from "@std/assert";
import type { WriteBufferLimits } from "../../lib/transport/transport.ts";
import { limitsOf, WaterMarks } from "../../lib/transport/water_marks.ts";

Deno.test("limitsOf() fills in what is left out as asyncio does", () => {
  const table: [given: Partial<WriteBufferLimits> | undefined, high: number, low: number][] = [
    [undefined, 65536, 16384],
    [{}, 65536, 16384],
    [{ high: 100 }, 100, 25],
    [{ high: 3 }, 3, 0],
    [{ high: 0 }, 0, 0],
    [{ low: 100 }, 400, 100],
    [{ low: 0 }, 0, 0],
    [{ high: 100, low: 100 }, 100, 100],
    [{ high: 100, low: 0 }, 100, 0],
    [{ high: Infinity, low: 1 }, Infinity, 1],
    // Whole bytes: a part of one can neither be sent nor be left.
    [{ high: 10.9, low: 2.5 }, 10, 2],
    [{ high: undefined, low: undefined }, 65536, 16384],
  ];
  for (const [given, high, low] of table) assertEquals(limitsOf(given), { high, low });
});

Deno.test("limitsOf() refuses what cannot hold, and names it", () => {
  for (
    const limits of [{ high: 1, low: 2 }, { high: -1 }, { low: -1 }, { high: 0, low: 1 }, { high: NaN }, { low: NaN }]
  ) {
    assertThrows(() => limitsOf(limits), RangeError, "high >= low >= 0 must hold");
  }
  const text = "cannot set write buffer limits to high 1, low 2: high >= low >= 0 must hold";
  assertThrows(() => limitsOf({ high: 1, low: 2 }), RangeError, text);
});

Deno.test("judge() pauses strictly over high, resumes at low or below, in turn", () => {
  const tables: [limits: WriteBufferLimits, steps: [size: number, verdict: "pause" | "resume" | undefined][]][] = [
    [{ high: 10, low: 2 }, [
      [0, undefined],
      [10, undefined],
      [11, "pause"],
      [12, undefined],
      [10, undefined],
      [3, undefined],
      [11, undefined],
      [2, "resume"],
      [2, undefined],
      [10, undefined],
      [100, "pause"],
      [0, "resume"],
    ]],
    [{ high: 0, low: 0 }, [[0, undefined], [1, "pause"], [1, undefined], [0, "resume"], [0, undefined]]],
    [{ high: 5, low: 5 }, [[5, undefined], [6, "pause"], [5, "resume"], [6, "pause"]]],
  ];
  for (const [limits, steps] of tables) {
    const marks = new WaterMarks();
    marks.limits = limits;
    for (const [size, verdict] of steps) assertEquals(marks.judge(size), verdict, `${size} of ${limits.high}`);
  }
});

Deno.test("new marks keep in mind whether writing is paused", () => {
  const marks = new WaterMarks();
  assertEquals(marks.limits, { high: 65536, low: 16384 });
  assertEquals([marks.judge(65536), marks.judge(65537)], [undefined, "pause"]);
  marks.limits = { high: 100_000, low: 80_000 };
  assertEquals([marks.judge(80_001), marks.judge(80_000)], [undefined, "resume"]);
});
