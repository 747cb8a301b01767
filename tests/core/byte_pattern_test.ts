import { assertEquals, assertNotEquals } from "@std/assert";
import { BytePattern } from "../../lib/core/byte_pattern.ts";

const PERIOD = 65_521;

Deno.test("BytePattern: the same in every process: its first bytes", () => {
  assertEquals([...new BytePattern(8).part(0, 4)], [81, 224, 123, 1]);
});

Deno.test("BytePattern: parts that overlap agree, across the end of its period", () => {
  const pattern = new BytePattern(1000);
  for (const offset of [0, 1, PERIOD - 500, PERIOD - 1, PERIOD, 3 * PERIOD + 7]) {
    const whole = pattern.part(offset, 1000);
    assertEquals(pattern.part(offset + 300, 700), whole.subarray(300), `${offset}`);
  }
});

Deno.test("BytePattern: neighbours differ, so that what is repeated or left out shows", () => {
  const pattern = new BytePattern(64);
  for (const size of [8, 64]) {
    for (let i = 0; i < 500; i++) {
      assertNotEquals(pattern.part(i * size, size), pattern.part((i + 1) * size, size), `${i} of ${size}`);
    }
  }
});

Deno.test("BytePattern: mismatch finds the first byte that differs, at any length and offset", () => {
  const pattern = new BytePattern(64);
  for (const offset of [0, 3, PERIOD - 10, 5 * PERIOD + 1]) {
    for (const length of [0, 1, 7, 8, 9, 16, 63]) {
      const came = pattern.part(offset, length).slice();
      const view = new DataView(came.buffer);
      assertEquals(pattern.mismatch(offset, view, length), -1, `${offset} ${length}`);
      for (let at = 0; at < length; at++) {
        came[at] ^= 1;
        assertEquals(pattern.mismatch(offset, view, length), at, `${offset} ${length}`);
        came[at] ^= 1;
      }
    }
  }
});

Deno.test("BytePattern: what the platform calls equal is, and where it does not, the place is found", () => {
  const asked: number[] = [];
  const equal = (a: Uint8Array, b: Uint8Array) => {
    asked.push(a.length);
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  };
  const pattern = new BytePattern(5000, equal);
  const came = pattern.part(PERIOD - 9, 5000).slice();
  const view = new DataView(came.buffer);
  assertEquals([pattern.mismatch(PERIOD - 9, view, 5000), pattern.mismatch(PERIOD - 9, view, 100)], [-1, -1]);
  came[4321] ^= 1;
  assertEquals([pattern.mismatch(PERIOD - 9, view, 5000), asked], [4321, [5000, 5000]]);
});

Deno.test("BytePattern: of a longer buffer only what came counts", () => {
  const pattern = new BytePattern(64);
  const came = new Uint8Array(64);
  came.set(pattern.part(5, 10));
  assertEquals(pattern.mismatch(5, new DataView(came.buffer), 10), -1);
});
