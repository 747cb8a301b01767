import { assertEquals } from "@std/assert";
import { escapeUnseen, quote, shorten } from "../../lib/core/quote.ts";

Deno.test("quote(): 64 characters at most, in one line, as JSON", () => {
  const table: [text: string, quoted: string][] = [
    ["", '""'],
    ["h\u00e9 \u{1f600}", '"h\u00e9 \u{1f600}"'],
    ['a"b\\', '"a\\"b\\\\"'],
    ["a\r\n\0", '"a\\r\\n\\u0000"'],
    ["\u001b[2J\u009b\u007f", '"\\u001b[2J\\u009b\\u007f"'],
    ["\u2028\u202e", '"\\u2028\\u202e"'],
    ["x".repeat(64), `"${"x".repeat(64)}"`],
    ["x".repeat(65), `"${"x".repeat(64)}\u2026"`],
    // A cut through a pair of surrogates.
    ["x".repeat(63) + "\u{1f600}", `"${"x".repeat(63)}\\ud83d\u2026"`],
  ];
  for (const [text, quoted] of table) {
    assertEquals(quote(text), quoted);
    assertEquals(shorten(text), quoted.slice(1, -1));
  }
});

Deno.test("escapeUnseen() leaves all but what a terminal obeys, or takes for another line", () => {
  assertEquals(escapeUnseen('a "b" \\ \u{1f600}'), 'a "b" \\ \u{1f600}');
  assertEquals(
    escapeUnseen("\r\n\t\u001b\u0085\u2029\u2066\ud83d"),
    "\\u000d\\u000a\\u0009\\u001b\\u0085\\u2029\\u2066\\ud83d",
  );
});
