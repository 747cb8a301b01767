import { assertEquals } from "@std/assert";
import { shares } from "../../lib/measure/load_plan.ts";

Deno.test("shares: every connection once, as evenly as can be, no thread without one", () => {
  const cases: [connections: number, workers: number, sizes: number[]][] = [
    [50, 1, [50]],
    [50, 4, [12, 13, 12, 13]],
    [3, 8, [1, 1, 1]],
    [1, 2, [1]],
  ];
  for (const [connections, workers, sizes] of cases) {
    const parts = shares(connections, workers);
    assertEquals(parts.map(([from, to]) => to - from), sizes);
    assertEquals(parts.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)), [
      ...Array(connections).keys(),
    ]);
  }
});
