import { assertEquals, assertNotEquals } from "@std/assert";
import { PingPayload } from "../../lib/measure/ping_payload.ts";

Deno.test("PingPayload: the number in 8 bytes, big-endian, then the pattern", () => {
  const payload = new PingPayload(12);
  payload.number(1);
  assertEquals([...payload.bytes], [0, 0, 0, 0, 0, 0, 0, 1, 8, 9, 10, 11]);
  payload.number(2 ** 40 + 0x0203);
  assertEquals([...payload.bytes], [0, 0, 1, 0, 0, 0, 2, 3, 8, 9, 10, 11]);
  const smallest = new PingPayload(8);
  smallest.number(258);
  assertEquals([...smallest.bytes], [0, 0, 0, 0, 0, 0, 1, 2]);
});

Deno.test("PingPayload: below 8 bytes there is no room for a number", () => {
  for (const size of [1, 7]) {
    const payload = new PingPayload(size);
    payload.number(0xffff);
    assertEquals([...payload.bytes], Array.from({ length: size }, (_, i) => i));
  }
});

Deno.test("PingPayload: bytes that were moved by a power of two do not match", () => {
  const { bytes } = new PingPayload(4096);
  for (let by = 1; by <= 1024; by *= 2) assertNotEquals(bytes.subarray(8, 1000), bytes.subarray(8 + by, 1000 + by));
});
