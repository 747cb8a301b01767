import { assertEquals, assertMatch } from "@std/assert";
import { escapeBytes } from "../../lib/core/escape_bytes.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("escapeBytes() quotes printable ASCII and escapes the rest", () => {
  assertEquals(escapeBytes(new Uint8Array()), '""');
  assertEquals(escapeBytes(encode("data1\r\n\t")), '"data1\\r\\n\\t"');
  assertEquals(escapeBytes(encode('"\\')), '"\\"\\\\"');
  assertEquals(
    escapeBytes(new Uint8Array([0x00, 0x1b, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xff])),
    '"\\x00\\x1b\\x1f ~\\x7f\\x80\\xff"',
  );
});

Deno.test("escapeBytes() makes every byte value safe, and distinct from every other", () => {
  const texts = Array.from({ length: 256 }, (_, byte) => escapeBytes(new Uint8Array([byte])));
  for (const text of texts) assertMatch(text, /^"([ !#-[\]-~]|\\[nrt"\\]|\\x[0-9a-f]{2})"$/);
  assertEquals(new Set(texts).size, 256);
});

Deno.test("escapeBytes() says what it left out, strictly over the limit", () => {
  assertEquals(escapeBytes(encode("aaaa"), 4), '"aaaa"');
  assertEquals(escapeBytes(encode("aaaaa"), 4), '"aaaa"... (4 of 5 bytes)');
  assertEquals(escapeBytes(encode("a"), 0), '""... (0 of 1 bytes)');
  assertEquals(escapeBytes(new Uint8Array(65536), 2), '"\\x00\\x00"... (2 of 65536 bytes)');
});
