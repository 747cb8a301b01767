import { assertEquals } from "@std/assert";
import { isTold, percentileRank } from "../../lib/measure/percentile_rank.ts";

Deno.test("percentileRank(): the nearest rank, exact where floating point is not", () => {
  const table: [percentile: number, count: number, rank: number][] = [
    [0, 10, 1],
    [50, 1, 1],
    [50, 2, 1],
    [50, 3, 2],
    [50, 4, 2],
    [90, 10, 9],
    [90, 11, 10],
    [99.9, 1000, 999], // 99.9 / 100 * 1000 is 999.0000000000001
    [99.9, 1001, 1000],
    [99.99, 10_000, 9999],
    [99.999, 1_000_000, 999_990],
    [55, 100, 55], // 0.55 * 100 is 55.00000000000001
    [7, 100, 7], // so is 0.07 * 100
    [100, 1, 1],
    [100, 12345, 12345],
    [50, 9_007_199_254_740_990, 4_503_599_627_370_495],
  ];
  for (const [percentile, count, rank] of table) {
    assertEquals(percentileRank(percentile, count), rank, `p${percentile} of ${count}`);
  }
});

Deno.test("isTold(): ten samples lie beyond, not nine", () => {
  const table: [percentile: number, needs: number][] = [
    [0, 11],
    [50, 20],
    [75, 40],
    [90, 100],
    [95, 200],
    [99, 1000],
    [99.9, 10_000],
    [99.99, 100_000],
    [99.999, 1_000_000],
  ];
  for (const [percentile, needs] of table) {
    assertEquals(isTold(percentile, needs), true, `p${percentile} of ${needs}`);
    assertEquals(isTold(percentile, needs - 1), false, `p${percentile} of ${needs - 1}`);
  }
  assertEquals(isTold(100, 1e9), false);
  assertEquals(isTold(50, 0), false);
});
