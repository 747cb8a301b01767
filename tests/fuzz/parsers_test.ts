import { assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import type { Gate } from "../../lib/measure/gate.ts";
import { assertClear, assertNames } from "./clear_error.ts";
import { type Parser, PARSERS } from "./parsers.ts";
import { anyText, longTexts } from "./texts.ts";

const RUNS = 2000;

/** Gives a parser a text: what it reads must be right, and what it says against it clear. */
function tryText({ parse, throws, check, format }: Parser, text: string): void {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    assertClear(error, throws, [text]);
    assertNames(error.message, [text]);
    return;
  }
  check(value, text);
  if (format === undefined) return;
  const formatted = format(value);
  const again = parse(formatted);
  // A gate keeps the expression as it was given.
  assertEquals(format(again), formatted);
  if (!isGate(value)) assertEquals(again, value);
  else assertEquals({ ...again as Gate, expression: "" }, { ...value, expression: "" });
}

function isGate(value: unknown): value is Gate {
  return typeof value === "object" && value !== null && "expression" in value;
}

for (const row of PARSERS) {
  Deno.test(`${row.name} gives any text a value or a clear error, and the value reads back`, () => {
    for (const text of row.right) row.parse(text);
    fc.assert(fc.property(anyText(row.right), (text) => tryText(row, text)), { numRuns: RUNS });
  });

  Deno.test(`${row.name} comes to an end with 100 KB, whatever they are`, () => {
    for (const text of longTexts(row.right)) tryText(row, text);
  });
}
