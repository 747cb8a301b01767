import { assertEquals } from "@std/assert";
import { geometricMean, ratioOf, rotated, spreadOf } from "../../scripts/bench/summary.ts";

Deno.test("spreadOf: median, least and most of the rounds that have a figure", () => {
  assertEquals(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assertEquals(spreadOf([4, null, 1]), { median: 2.5, min: 1, max: 4 });
  assertEquals([spreadOf([]), spreadOf([null])], [null, null]);
});

Deno.test("ratioOf: ratios are taken within a round, then their median", () => {
  // The machine was ten times slower in the second round: the ratio of the medians would be 10 / 20.
  assertEquals(ratioOf([10, 0.9, 30], [20, 1, 30]), { median: 0.9, min: 0.5, max: 1 });
});

Deno.test("ratioOf: a round counts only where both have a figure", () => {
  assertEquals(ratioOf([10, null, 30], [20, 40, null]), { median: 0.5, min: 0.5, max: 0.5 });
  assertEquals(ratioOf([10, 20], [40]), { median: 0.25, min: 0.25, max: 0.25 });
  assertEquals([ratioOf([], [1]), ratioOf([1], []), ratioOf([1], [0])], [null, null, null]);
});

Deno.test("geometricMean: of all, or none", () => {
  assertEquals(geometricMean([4]), 4);
  assertEquals(geometricMean([0.5, 2])?.toFixed(9), "1.000000000");
  assertEquals(geometricMean([1, 8, 27])?.toFixed(9), "6.000000000");
  assertEquals([geometricMean([]), geometricMean([1, null]), geometricMean([1, 0])], [null, null, null]);
});

Deno.test("rotated: each round begins with another, and all are there", () => {
  const orders = [0, 1, 2, 3].map((round) => rotated(["a", "b", "c"], round).join(""));
  assertEquals(orders, ["abc", "bca", "cab", "abc"]);
  assertEquals(rotated([], 2), []);
});
