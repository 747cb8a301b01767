import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { BufferPool } from "../../lib/core/buffer_pool.ts";

Deno.test("a pool's buffers are of its size, and none shares a byte with another", () => {
  const pool = new BufferPool(512);
  const buffers = Array.from({ length: 300 }, () => pool.take()!);
  assertEquals(new Set(buffers.map(({ length }) => length)), new Set([512]));
  buffers.forEach((buffer, i) => buffer.fill(i % 251));
  buffers.forEach((buffer, i) => assert(buffer.every((byte) => byte === i % 251)));
  assertEquals(pool.taken, 300 * 512);
});

Deno.test("a pool gives again what it was given back", () => {
  const pool = new BufferPool(4096);
  const first = pool.take()!;
  pool.give(first);
  assertEquals([pool.taken, pool.kept], [0, 4096]);
  assertStrictEquals(pool.take(), first);
  assertEquals([pool.taken, pool.kept], [4096, 0]);
});

Deno.test("a pool gives up to its limit, and again once something came back", () => {
  const pool = new BufferPool(1000, 2000);
  const first = pool.take()!;
  assert(pool.take());
  assertEquals(pool.take(), undefined);
  assertEquals(pool.taken, 2000);
  pool.give(first);
  assertStrictEquals(pool.take(), first);
});

Deno.test("a pool keeps 8 MiB of what came back, and lets go of the rest", () => {
  const size = 1024 * 1024;
  const pool = new BufferPool(size);
  const buffers = Array.from({ length: 9 }, () => pool.take()!);
  for (const buffer of buffers) pool.give(buffer);
  assertEquals([pool.taken, pool.kept], [0, 8 * size]);
});
