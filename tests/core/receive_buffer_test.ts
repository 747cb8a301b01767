import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { ReceiveBuffer, receiveBytesInUse } from "../../lib/core/receive_buffer.ts";

const MIB = 1024 * 1024;

Deno.test("what a read has brought is the same view where it is as long as the last, and the right bytes always", () => {
  const buffer = new ReceiveBuffer();
  buffer.bytes.set([1, 2, 3, 4]);
  const three = buffer.filled(3);
  assertEquals(three, new Uint8Array([1, 2, 3]));
  assertStrictEquals(buffer.filled(3), three);
  assertEquals(buffer.filled(2), new Uint8Array([1, 2]));
  assertEquals(buffer.filled(512).length, 512);
  buffer.release();
});

Deno.test("a receive buffer that grew shows the bytes of its new buffer", () => {
  const buffer = new ReceiveBuffer();
  const small = buffer.bytes;
  buffer.filled(512);
  buffer.adapt(512);
  assert(buffer.bytes !== small);
  assertEquals(buffer.bytes.length, 4096);
  buffer.bytes.fill(7);
  assertEquals(buffer.filled(512), new Uint8Array(512).fill(7));
  buffer.release();
});

Deno.test("receive buffers share no byte, and 128 MiB of the largest are in use at most", () => {
  const buffers: ReceiveBuffer[] = [];
  const grown = () => {
    const buffer = new ReceiveBuffer();
    buffers.push(buffer);
    for (let i = 0; i < 3; i++) buffer.adapt(buffer.bytes.length);
    return buffer.bytes;
  };
  const largest = Array.from({ length: 512 }, grown);
  assertEquals(new Set(largest.map(({ length }) => length)), new Set([256 * 1024]));
  assertEquals(new Set(largest.map((bytes) => bytes.buffer)).size, 512);
  assertEquals(512 * 256 * 1024, 128 * MIB);
  // One more stays with what it has, and works.
  const beyond = new ReceiveBuffer();
  for (let i = 0; i < 6; i++) beyond.adapt(beyond.bytes.length);
  assertEquals(beyond.bytes.length, 64 * 1024);
  buffers.pop()!.release();
  beyond.adapt(beyond.bytes.length);
  assertEquals(beyond.bytes.length, 256 * 1024);
  for (const buffer of [...buffers, beyond]) buffer.release();
  const after = new ReceiveBuffer();
  assert(after.bytes.length === 512);
  after.release();
});

Deno.test("a receive buffer that no smaller one is free for keeps its own, and gives that back", () => {
  const before = receiveBytesInUse();
  const grown = (times: number) => {
    const buffer = new ReceiveBuffer();
    for (let i = 0; i < times; i++) buffer.adapt(buffer.bytes.length);
    return buffer;
  };
  const largest = grown(3);
  const large = Array.from({ length: 2048 }, () => grown(2));
  for (let i = 0; i < 2; i++) largest.adapt(64);
  assertEquals(largest.bytes.length, 256 * 1024);
  large.pop()!.release();
  for (let i = 0; i < 2; i++) largest.adapt(64);
  assertEquals(largest.bytes.length, 64 * 1024);
  for (const buffer of [largest, ...large]) buffer.release();
  assertEquals(receiveBytesInUse(), before);
  const medium = grown(1);
  assertEquals(medium.bytes.length, 4096);
  medium.release();
});
