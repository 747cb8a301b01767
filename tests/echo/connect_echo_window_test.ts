import { assert, assertEquals, assertLess, assertLessOrEqual, assertRejects } from "@std/assert";
import {
  connectEcho,
  type Connection,
  connectionPair,
  createEchoClient,
  discard,
  echo,
  EchoIncompleteError,
  serve,
} from "../../mod.ts";
import { randomBytes, seededRandom } from "../support/bytes.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { collector, fedStream, readableOf } from "../support/echo_streams.ts";
import { readExactly, turns } from "../support/echo_wire.ts";

const MIB = 1024 * 1024;
const LIMIT = 500;

/** `count` times the same megabyte, which is never held more than once. */
function* megabytes(count: number, onPull: () => void = () => {}): Generator<Uint8Array<ArrayBuffer>> {
  const megabyte = randomBytes(MIB);
  for (let i = 0; i < count; i++) {
    onPull();
    yield megabyte;
  }
}

/** Checks that what is written is `megabytes()`, keeping nothing. */
function megabyteChecker() {
  const megabyte = randomBytes(MIB);
  const seen = { bytes: 0, writable: new WritableStream<Uint8Array>() };
  seen.writable = new WritableStream({
    write(chunk) {
      for (let i = 0; i < chunk.length; i += 61) {
        if (chunk[i] !== megabyte[(seen.bytes + i) % MIB]) throw new Error(`wrong byte ${seen.bytes + i}`);
      }
      seen.bytes += chunk.length;
    },
  });
  return seen;
}

Deno.test("stream() takes 256 MiB through a server and pulls no more than the window and a chunk ahead", async () => {
  const count = 256;
  const window = 2 * MIB;
  await using server = serve();
  const client = await connectEcho(server.addr);
  const output = megabyteChecker();
  let pulled = 0;
  const input = readableOf(megabytes(count, () => {
    // What was pulled before has been sent, and so it is in the window or has come back.
    assertLessOrEqual(pulled - client.bytesReceived, window);
    pulled += MIB;
  }));
  await client.stream(input, output.writable, { window });
  assertEquals([output.bytes, server.stats.bytesIn], [count * MIB, count * MIB]);
});

/** Reads everything, keeps it back until `window` bytes are owed, then gives a random part of it back. */
async function withhold(peer: Connection, window: number): Promise<number> {
  const random = seededRandom(7);
  const kept = new Uint8Array(window + 1);
  let owed = 0;
  let received = 0;
  for (let n: number | null = 0; n !== null; n = await peer.read(kept.subarray(owed))) {
    owed += n;
    received += n;
    assertLessOrEqual(owed, window);
    if (owed < window) continue;
    const given = 1 + random(window);
    await peer.write(kept.slice(0, given));
    kept.copyWithin(0, given, owed);
    owed -= given;
  }
  await peer.write(kept.slice(0, owed));
  await peer.closeWrite();
  return received;
}

Deno.test("stream() is never owed more than the window, and always comes to owe as much", async () => {
  const window = 300_001;
  const [near, far] = connectionPair();
  const output = megabyteChecker();
  const withheld = withhold(far, window);
  await createEchoClient(near).stream(readableOf(megabytes(64)), output.writable, { window });
  assertEquals([output.bytes, await withheld], [64 * MIB, 64 * MIB]);
});

for (const window of [1, 1000, 65_536, 65_537, 1_000_000]) {
  Deno.test(`stream() sends exactly the window of ${window} bytes to a peer that never echoes`, async () => {
    using time = fakeClock();
    const [near, far] = connectionPair();
    let received = 0;
    const served = discard(far, { received: (bytes) => received += bytes.length, sent: () => {} });
    const client = createEchoClient(near);
    const { writable } = collector();
    const streaming = client.stream(readableOf(megabytes(3)), writable, { window, timeout: LIMIT });
    streaming.catch(() => {});
    await turns();
    assertEquals(received, window);
    time.advance(LIMIT);
    const message = `peer has echoed 0 of ${window} bytes: no more came for 500 ms`;
    const error = await assertRejects(() => streaming, EchoIncompleteError, message);
    assertEquals([error.reason, error.missing, client.bytesSent], ["stalled", window, window]);
    await served.catch(() => {});
    far.close();
  });
}

Deno.test("stream(): one byte back lets one byte out", async () => {
  const [near, far] = connectionPair();
  const controller = new AbortController();
  const { writable } = collector();
  const options = { window: 10, signal: controller.signal };
  const streaming = createEchoClient(near).stream(readableOf(megabytes(1)), writable, options);
  streaming.catch(() => {});
  const megabyte = randomBytes(MIB);
  const buffer = new Uint8Array(100);
  await turns();
  assertEquals(await far.read(buffer), 10);
  for (let i = 0; i < 20; i++) {
    await far.write(megabyte.slice(i, i + 1));
    await turns(2);
    assertEquals([await far.read(buffer), buffer[0]], [1, megabyte[10 + i]]);
  }
  controller.abort();
  await assertRejects(() => streaming);
  far.close();
});

Deno.test("stream(): a quiet input never times out, nor between two echoes", async () => {
  using time = fakeClock();
  const [near, far] = connectionPair();
  const served = echo(far);
  const input = fedStream();
  const output = collector();
  const streaming = createEchoClient(near).stream(input.readable, output.writable, { timeout: LIMIT });
  for (let i = 1; i <= 3; i++) {
    time.advance(100 * LIMIT);
    await turns();
    input.controller.enqueue(new Uint8Array([i]));
    await turns();
    assertEquals(output.chunks.length, i);
  }
  time.advance(100 * LIMIT);
  input.controller.close();
  await Promise.all([streaming, served]);
  assertEquals(time.timers, 0);
});

Deno.test("stream(): after the input's end the peer's FIN must come in time", async () => {
  using time = fakeClock();
  const [near, far] = connectionPair();
  const { writable } = collector();
  const streaming = createEchoClient(near).stream(readableOf([]), writable, { timeout: LIMIT });
  streaming.catch(() => {});
  assertEquals(await far.read(new Uint8Array(1)), null);
  time.advance(LIMIT);
  const error = await assertRejects(() => streaming, EchoIncompleteError, "peer did not send its FIN within 500 ms");
  assertEquals([error.reason, error.missing], ["unfinished", 0]);
  far.close();
});

Deno.test("stream(): a slow output stops the flow, and its time is not the peer's", async () => {
  using time = fakeClock();
  const window = 100_000;
  const [near, far] = connectionPair();
  const served = echo(far);
  let pulled = 0;
  const input = readableOf(megabytes(4, () => pulled++));
  let release = () => {};
  let stuck = true;
  const output = collector(() => stuck ? new Promise<void>((resolve) => release = resolve) : undefined);
  const client = createEchoClient(near);
  const streaming = client.stream(input, output.writable, { window, timeout: LIMIT });
  for (let i = 0; i < 10; i++) {
    await turns(2);
    time.advance(LIMIT);
    // In flight at the most: the window, and what was read and waits for the output.
    assertLess(client.bytesSent, output.chunks.reduce((sum, { length }) => sum + length, 0) + window + 1);
    assertLessOrEqual(pulled, 2);
    release();
  }
  stuck = false;
  release();
  await Promise.all([streaming, served]);
  assertEquals(output.chunks.reduce((sum, { length }) => sum + length, 0), 4 * MIB);
  assertEquals(time.timers, 0);
});

Deno.test("stream(): the peer's silence after a slow output counts from when the output was ready", async () => {
  using time = fakeClock();
  const [near, far] = connectionPair();
  let release = () => {};
  const output = collector(() => new Promise<void>((resolve) => release = resolve));
  const input = readableOf([randomBytes(10)]);
  const streaming = createEchoClient(near).stream(input, output.writable, { timeout: LIMIT });
  let failed = false;
  streaming.catch(() => failed = true);
  await far.write((await readExactly(far, 10)).subarray(0, 5));
  await turns();
  time.advance(100 * LIMIT);
  release();
  await turns();
  time.advance(LIMIT - 1);
  await turns();
  assertEquals(failed, false);
  time.advance(1);
  const error = await assertRejects(() => streaming, EchoIncompleteError, "peer has echoed 5 of 10 bytes");
  assertEquals(error.reason, "stalled");
  assert(failed);
  far.close();
});
