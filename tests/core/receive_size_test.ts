import { assertEquals } from "@std/assert";
import { RECEIVE_SIZES, ReceiveSize } from "../../lib/core/receive_size.ts";

/** The sizes after each of some reads. */
function sizesAfter(reads: number[]): number[] {
  const size = new ReceiveSize();
  return reads.map((n) => {
    const before = size.bytes;
    assertEquals(size.record(n), size.bytes !== before);
    return size.bytes;
  });
}

const K = 1024;

Deno.test("a receive buffer is 512 bytes at rest", () => {
  assertEquals(new ReceiveSize().bytes, 512);
});

for (
  const { name, reads, sizes } of [
    { name: "stays small while nothing fills it", reads: [64, 511, 64], sizes: [512, 512, 512] },
    {
      name: "grows with each full read, up to 256 KiB",
      reads: [512, 4 * K, 64 * K, 256 * K],
      sizes: [4 * K, 64 * K, 256 * K, 256 * K],
    },
    { name: "does not grow for one byte less", reads: [512, 4 * K - 1], sizes: [4 * K, 4 * K] },
    {
      name: "shrinks one step after two short reads in a row",
      reads: [512, 4 * K, 64, 64, 64, 64, 64, 64],
      sizes: [4 * K, 64 * K, 64 * K, 4 * K, 4 * K, 512, 512, 512],
    },
    {
      name: "does not shrink for reads that would fill the smaller one",
      reads: [512, 512, 512, 511, 512, 511],
      sizes: Array(6).fill(4 * K),
    },
    {
      name: "counts short reads in a row only",
      reads: [512, 4 * K, 64, 4 * K, 64, 4 * K, 64, 64],
      sizes: [4 * K, ...Array(6).fill(64 * K), 4 * K],
    },
    {
      name: "settles for messages of 16 KiB",
      reads: [512, 4 * K, ...Array(6).fill(16 * K)],
      sizes: [4 * K, ...Array(7).fill(64 * K)],
    },
  ]
) {
  Deno.test(`a receive buffer ${name}`, () => assertEquals(sizesAfter(reads), sizes));
}

Deno.test("a receive buffer that was refused another size stays, and asks again at the next full or two short reads", () => {
  const size = new ReceiveSize();
  size.record(512);
  size.stay(0);
  assertEquals([size.bytes, size.step], [512, 0]);
  assertEquals(size.record(512), true);
  assertEquals(size.bytes, RECEIVE_SIZES[1]);
  assertEquals([64, 64].map((n) => size.record(n)), [false, true]);
  size.stay(1);
  assertEquals([size.bytes, size.step], [RECEIVE_SIZES[1], 1]);
  assertEquals([64, 64].map((n) => size.record(n)), [false, true]);
  assertEquals(size.bytes, 512);
});

Deno.test("a receive buffer grows no further than it was told", () => {
  const size = new ReceiveSize(64 * K);
  assertEquals([512, 4 * K, 64 * K, 64 * K].map((n) => size.record(n)), [true, true, false, false]);
  assertEquals(size.bytes, 64 * K);
});
