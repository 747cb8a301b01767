import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Connection } from "../../lib/net/connection.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { randomBytes } from "../support/bytes.ts";
import { outcome, readAll, readExactly } from "../support/contract_connection.ts";
import { fakeClock, microtasks } from "../support/fake_clock.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Lengths of the reads until the end. */
async function readLengths(connection: Connection, size = 65536): Promise<number[]> {
  const lengths: number[] = [];
  const buffer = new Uint8Array(size);
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) lengths.push(n);
  return lengths;
}

Deno.test("connectionPair() gives two ends with addresses that mirror each other", () => {
  const [near, far] = connectionPair();
  assertEquals([near.localAddr, near.remoteAddr], [far.remoteAddr, far.localAddr]);
  assertEquals(near.localAddr, { hostname: "127.0.0.1", port: 1 });
});

Deno.test("maxChunk cuts what one read returns, in its direction only", async () => {
  const [near, far] = connectionPair({ forth: { maxChunk: 3 } });
  await near.write(randomBytes(10));
  await near.closeWrite();
  assertEquals(await readLengths(far), [3, 3, 3, 1]);
  await far.write(randomBytes(10));
  await far.closeWrite();
  assertEquals(await readLengths(near), [10]);
});

Deno.test("maxChunk leaves smaller buffers as they are", async () => {
  const [near, far] = connectionPair({ forth: { maxChunk: 3 } });
  await near.write(randomBytes(6));
  await near.closeWrite();
  assertEquals(await readLengths(far, 2), [2, 1, 2, 1]);
});

Deno.test("bufferSize bounds what is written and not read, exactly", async () => {
  const [near, far] = connectionPair({ forth: { bufferSize: 10 } });
  await near.write(randomBytes(10)); // fits: does not wait
  let written = false;
  const writing = near.write(randomBytes(1)).then(() => written = true);
  await near.read(new Uint8Array());
  assertEquals(written, false);
  assertEquals((await readExactly(far, 1)).length, 1);
  await writing;
  near.close();
  assertEquals((await readAll(far)).length, 10);
});

Deno.test("delay holds each chunk back that long, without slowing the stream", async () => {
  using clock = fakeClock();
  const [near, far] = connectionPair({ forth: { delay: 30 } });
  await near.write(encode("a")); // a write does not wait for the delay
  clock.advance(10);
  await near.write(encode("b"));
  const first = readExactly(far, 1);
  clock.advance(19.9);
  await microtasks();
  assertEquals(clock.timers, 1, "still waiting for the first chunk");
  clock.advance(0.1);
  assertEquals(await first, encode("a"));
  const second = readExactly(far, 1);
  await microtasks();
  clock.advance(10); // the second was under way at the same time
  assertEquals(await second, encode("b"));
});

Deno.test("delay does not hold back what was written into the other direction", async () => {
  using clock = fakeClock();
  const [near, far] = connectionPair({ forth: { delay: 30 } });
  await far.write(encode("x"));
  assertEquals(await readExactly(near, 1), encode("x"));
  assertEquals(clock.timersSet, 0);
});

Deno.test("delay: close() interrupts a read that waits for it, and leaves no timer", async () => {
  const [near, far] = connectionPair({ forth: { delay: 60_000 } });
  await near.write(encode("x"));
  const reading = outcome(far.read(new Uint8Array(1)));
  await near.read(new Uint8Array());
  far.close();
  assertEquals(await reading, "Interrupted");
});

for (const after of [0, 1, 7, 100]) {
  Deno.test(`truncateAfter ${after}: the reader gets the end there; what is written beyond is lost`, async () => {
    const [near, far] = connectionPair({ forth: { truncateAfter: after } });
    const bytes = randomBytes(100);
    if (after > 0) await near.write(bytes);
    assertEquals(await readAll(far), bytes.slice(0, after));
    // The writer does not notice, and the other direction goes on.
    await near.write(bytes);
    await far.write(encode("still here"));
    assertEquals(await readExactly(near, 10), encode("still here"));
    assertEquals(await far.read(new Uint8Array(1)), null);
  });

  Deno.test(`resetAfter ${after}: both ends are reset there; what came before can be read`, async () => {
    const [near, far] = connectionPair({ forth: { resetAfter: after } });
    const bytes = randomBytes(100);
    const written = await outcome(near.write(bytes));
    // As with a socket, what went into the buffer counts as written: the next call is told.
    assertEquals(written, after === 0 ? "ConnectionReset" : undefined);
    assertEquals(await readExactly(far, after), bytes.slice(0, after));
    assertEquals(await outcome(far.read(new Uint8Array(1))), "ConnectionReset");
    assertEquals(await far.read(new Uint8Array(1)), null);
    assertEquals(await outcome(far.write(bytes)), "BrokenPipe");
    assertEquals(await outcome(near.read(new Uint8Array(1))), after === 0 ? null : "ConnectionReset");
    assertEquals(await outcome(near.write(bytes)), "BrokenPipe");
  });
}

Deno.test("resetAfter counts over several writes", async () => {
  const [near, far] = connectionPair({ back: { resetAfter: 5 } });
  await far.write(encode("abc"));
  await near.write(encode("x"));
  await far.write(encode("def"));
  assertEquals(await outcome(far.write(encode("g"))), "ConnectionReset");
  assertEquals(await readExactly(near, 5), encode("abcde"));
  assertEquals(await outcome(near.read(new Uint8Array(1))), "ConnectionReset");
});

Deno.test("resetAfter wakes a waiting read of either end", async () => {
  const [near, far] = connectionPair({ forth: { resetAfter: 1 } });
  const back = outcome(near.read(new Uint8Array(1)));
  await near.write(encode("x"));
  assertEquals(await back, "ConnectionReset");
  assertEquals(await readExactly(far, 1), encode("x"));
});

Deno.test("faults together: cut, delayed, short of buffer, truncated", async () => {
  const link = { maxChunk: 5, delay: 1, bufferSize: 64, truncateAfter: 999 };
  const [near, far] = connectionPair({ forth: link });
  const bytes = randomBytes(2000);
  const writing = near.write(bytes);
  const received = await readAll(far, 7);
  await writing;
  assertEquals(received, bytes.slice(0, 999));
});

Deno.test("connectionPair() refuses numbers that would make it hang", () => {
  const bad = [{ bufferSize: 0 }, { bufferSize: NaN }, { maxChunk: 0 }, { delay: -1 }, { truncateAfter: -1 }];
  for (const link of [...bad, { resetAfter: NaN }]) {
    const [name] = Object.keys(link);
    assertThrows(() => connectionPair({ forth: link }), RangeError, `cannot connect a pair with ${name} `);
    assertThrows(() => connectionPair({ back: link }), RangeError, `cannot connect a pair with ${name} `);
  }
  assert(connectionPair({ forth: { bufferSize: 1, maxChunk: 1, delay: 0, truncateAfter: 0, resetAfter: 0 } }));
});
