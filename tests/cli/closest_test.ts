import { assertEquals } from "@std/assert";
import { closest } from "../../lib/cli/closest.ts";

Deno.test("closest: one slip of the fingers is understood, a different word is not", () => {
  const names = ["port", "host", "grace", "no-keepalive", "keepalive"];
  const cases: [string, string | undefined][] = [
    ["prot", "port"], // swapped
    ["por", "port"], // left out
    ["porrt", "port"], // doubled
    ["pord", "port"], // replaced
    ["keepalife", "keepalive"],
    ["nokeepalive", "no-keepalive"],
    ["xy", undefined],
    ["frobnicate", undefined],
    ["", undefined],
  ];
  for (const [word, expected] of cases) assertEquals(closest(word, names), expected, word);
});
