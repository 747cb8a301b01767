import { assertEquals, assertThrows } from "@std/assert";
import { decodeValue, encodeValue, VALUE_LENGTH } from "../../lib/socket/codec.ts";
import type { SocketOptionCodec, SocketOptionValue } from "../../lib/socket/option_row.ts";
import { FakeLibc } from "../support/fake_libc.ts";

const kernel = new FakeLibc("linux");

/** The bytes of C ints. */
function ints(...values: number[]): number[] {
  return [...new Uint8Array(new Int32Array(values).buffer)];
}

const ENCODED: [SocketOptionCodec, SocketOptionValue, number[] | undefined][] = [
  ["int", 7, [7, 0, 0, 0]],
  ["int", 0x01020304, [4, 3, 2, 1]],
  ["int", -1, [255, 255, 255, 255]],
  // Marks have all 32 bits.
  ["int", 2 ** 31, [0, 0, 0, 128]],
  ["int", 2 ** 32 - 1, [255, 255, 255, 255]],
  ["flag", true, [1, 0, 0, 0]],
  ["flag", false, [0, 0, 0, 0]],
  ["queue", true, ints(511)],
  ["queue", false, ints(0)],
  ["seconds", 1000, ints(1)],
  ["seconds", 32_767_000, ints(32_767)],
  ["linger", false, ints(0, 0)],
  ["linger", 0, ints(1, 0)],
  ["linger", 3000, ints(1, 3)],
  ["text", "reno", [114, 101, 110, 111, 0]],
  ["interface", "eth0", ints(2)],
  ["interface", "eth9", undefined],
];

Deno.test("a value becomes the bytes that the kernel takes", () => {
  for (const [codec, value, expected] of ENCODED) {
    const bytes = encodeValue(codec, value, kernel);
    assertEquals(bytes && [...bytes], expected, `${codec} ${value}`);
  }
});

Deno.test("the backlog is not set by setsockopt(2)", () => {
  assertThrows(() => encodeValue("backlog", 5, kernel), TypeError, "listen(2)");
});

const DECODED: [SocketOptionCodec, number[], SocketOptionValue][] = [
  ["int", ints(7), 7],
  ["int", ints(-1), -1],
  ["flag", ints(0), false],
  ["flag", ints(1), true],
  // macOS gives the bit that it keeps, such as 4 for TCP_NODELAY.
  ["flag", ints(4), true],
  ["queue", ints(0), false],
  ["queue", ints(511), true],
  ["seconds", ints(7200), 7_200_000],
  ["linger", ints(0, 9), false],
  ["linger", ints(1, 0), 0],
  ["linger", ints(128, 2), 2000],
  ["text", [114, 101, 110, 111, 0, 0, 0, 0], "reno"],
  ["text", [108, 111], "lo"],
  // A socket that is bound to no interface: no bytes at all.
  ["text", [], ""],
  ["int", [], 0],
  ["interface", ints(2), "eth0"],
  ["interface", ints(0), ""],
  ["interface", ints(9), ""],
  ["backlog", [...ints(10, 0, 0, 0, 0, 0, 0), ...ints(511)], 511],
];

Deno.test("the bytes that the kernel gives become a value", () => {
  for (const [codec, bytes, expected] of DECODED) {
    assertEquals(decodeValue(codec, new Uint8Array(bytes), kernel), expected, `${codec} of ${bytes}`);
  }
});

Deno.test("bytes are read where they stand in a larger buffer", () => {
  const buffer = new Uint8Array([9, 9, 9, 9, ...ints(1, 3), 9]);
  assertEquals(decodeValue("linger", buffer.subarray(4, 12), kernel), 3000);
});

Deno.test("what is set is read back as it was", () => {
  const values: [SocketOptionCodec, SocketOptionValue][] = [
    ["int", 2 ** 31 - 1],
    ["flag", true],
    ["queue", true],
    ["seconds", 5000],
    ["linger", false],
    ["linger", 0],
    ["linger", 1000],
    ["text", "123456789012345"],
    ["interface", "lo"],
  ];
  for (const [codec, value] of values) {
    const bytes = encodeValue(codec, value, kernel)!;
    assertEquals(decodeValue(codec, bytes, kernel), value, codec);
    assertEquals(bytes.length <= VALUE_LENGTH, true, codec);
  }
});
