import { assertEquals, assertThrows } from "@std/assert";
import { isThreadCount, parseThreads } from "../../lib/core/threads.ts";

Deno.test("parseThreads() takes a whole number, and auto for the number of processors", () => {
  assertEquals(["1", "2", "1024", "007"].map(parseThreads), [1, 2, 1024, 7]);
  assertEquals(parseThreads("auto"), navigator.hardwareConcurrency);
  for (const text of ["0", "1025", "-1", "1.5", "1e3", "", " 2", "Auto", "automatic", "Infinity"]) {
    const line = `bad number of threads "${text}": use auto or a whole number from 1 to 1024`;
    assertEquals(assertThrows(() => parseThreads(text), RangeError).message, line);
  }
});

Deno.test("isThreadCount(): its borders", () => {
  const cases: [count: number, is: boolean][] = [[0, false], [1, true], [1024, true], [1025, false], [1.5, false]];
  for (const [count, is] of [...cases, [NaN, false], [Infinity, false]] as const) {
    assertEquals(isThreadCount(count), is);
  }
});
