import { assert, assertEquals, assertRejects } from "@std/assert";
import { ReceiveBuffer, receiveBytesInUse } from "../../lib/core/receive_buffer.ts";
import { CipherStream } from "../../lib/net/cipher_stream.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { concat, randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";

const KIB = 1024;

/** A stream over one end of a pair, and what it gives the engine: copies, as the engine makes them. */
function stage() {
  const [connection, peer] = connectionPair({ back: { bufferSize: 1024 * KIB } });
  const cipher = new CipherStream(connection);
  const given: Uint8Array[] = [];
  cipher.on("data", (bytes: Uint8Array) => given.push(new Uint8Array(bytes)));
  return { connection, peer, cipher, given };
}

Deno.test("the engine gets what came in parts of 16 KiB at most, each when it is asked for", async () => {
  const { connection, peer, cipher, given } = stage();
  const sent = randomBytes(600 * KIB);
  await peer.write(sent);
  let largest = 0;
  for (let got = 0; got < sent.length;) {
    const before = given.length;
    assertEquals(await cipher.pull(), true);
    assertEquals(given.length, before + 1);
    largest = Math.max(largest, given[before].length);
    got += given[before].length;
  }
  assertEquals([largest, cipher.hasMore], [16 * KIB, false]);
  assertSameBytes(concat(given), sent);
  connection.close();
  await cipher.returnBuffer();
});

Deno.test("parts are given until it is enough, and until there is none", async () => {
  const { connection, peer, cipher, given } = stage();
  await peer.write(randomBytes(600 * KIB));
  // Till the buffer has grown, and one read brings several parts.
  while (!cipher.hasMore) await cipher.pull();
  given.length = 0;
  await cipher.pull(() => given.length === 2);
  assertEquals([given.length, cipher.hasMore], [2, true]);
  await cipher.pull(() => false);
  assert(given.length > 2 && !cipher.hasMore);
  connection.close();
  await cipher.returnBuffer();
});

Deno.test("what the engine lets wait is not overwritten by what comes next", async () => {
  for (const [pausedFor, waiting] of [[0, [1, 2, 3]], [1, [0, 1, 2]], [3, [0, 0, 0]]] as const) {
    const { connection, peer, cipher, given } = stage();
    const all = Promise.withResolvers<void>();
    cipher.on("data", () => given.length === 3 && all.resolve());
    if (pausedFor > 0) cipher.pause();
    for (const byte of [1, 2, 3]) {
      await peer.write(new Uint8Array(100).fill(byte));
      const pulled = cipher.pull();
      // It goes on with what waits a turn later.
      if (byte === pausedFor + 1) cipher.resume();
      await pulled;
      if (pausedFor !== 1) assertEquals(given.length, waiting[byte - 1]);
    }
    cipher.resume();
    await all.promise;
    assertEquals(given.map(([byte]) => byte), [1, 2, 3]);
    connection.close();
    await cipher.returnBuffer();
  }
});

Deno.test("what the engine was not given yet is in no buffer of somebody else's", async () => {
  const { connection, peer, cipher, given } = stage();
  const sent = randomBytes(600 * KIB);
  await peer.write(sent);
  const others: ReceiveBuffer[] = [];
  while (given.reduce((sum, { length }) => sum + length, 0) < sent.length) {
    await cipher.pull();
    const other = new ReceiveBuffer();
    others.push(other);
    // Through all sizes.
    for (let step = 0; step < 4; step++, other.adapt(other.bytes.length)) other.bytes.fill(0);
  }
  assertSameBytes(concat(given), sent);
  for (const other of others) other.release();
  connection.close();
  await cipher.returnBuffer();
});

Deno.test("the buffer is the pool's, and goes back when the read that waits in it has ended", async () => {
  const before = receiveBytesInUse();
  const { connection, peer, cipher, given } = stage();
  await peer.write(randomBytes(600 * KIB));
  while (given.length < 10) await cipher.pull();
  assert(receiveBytesInUse() - before >= 64 * KIB, "it has grown");
  while (given.reduce((sum, { length }) => sum + length, 0) < 600 * KIB) await cipher.pull();
  const waiting = assertRejects(() => cipher.pull(), Deno.errors.Interrupted);
  const returned = cipher.returnBuffer();
  await Promise.resolve();
  assert(receiveBytesInUse() > before, "a read waits in it");
  connection.close();
  await waiting;
  await returned;
  assertEquals(receiveBytesInUse(), before);
});

Deno.test("a read that ends as the connection is closed neither gives nor exchanges a buffer that was given back", async () => {
  const before = receiveBytesInUse();
  const { connection, peer, cipher, given } = stage();
  await peer.write(randomBytes(64 * KIB));
  while (!cipher.hasMore) await cipher.pull();
  given.length = 0;
  connection.close();
  await cipher.returnBuffer();
  await assertRejects(() => cipher.pull(() => false), Deno.errors.BadResource);
  assertEquals([given, receiveBytesInUse()], [[], before]);
});
