import { assertEquals } from "@std/assert";
import { medianOf } from "../../lib/measure/median_of.ts";

Deno.test("medianOf(): the one in the middle, or the mean of the two", () => {
  const table: [values: number[], median: number | null][] = [
    [[], null],
    [[7], 7],
    [[1, 2], 1.5],
    [[3, 1, 2], 2],
    [[10, 9, 100, 1], 9.5], // by number, not by text
    [[-1, -2, -3], -2],
  ];
  for (const [values, median] of table) assertEquals(medianOf(values), median);
  const given = [2, 1];
  medianOf(given);
  assertEquals(given, [2, 1]);
});
