import { assertEquals, assertRejects } from "@std/assert";
import { connectEcho, connectionPair, createEchoClient, echo, serve } from "../../mod.ts";
import { concat, randomBytes, seededRandom } from "../support/bytes.ts";
import { assertSameBytes, cut, utf8 } from "../support/echo_bytes.ts";
import { collector, fedStream, readableOf } from "../support/echo_streams.ts";
import { PAIRS } from "../support/echo_wire.ts";

const MIB = 1024 * 1024;

for (const seed of [1, 2, 3]) {
  Deno.test(`stream() gives back what it is given, in chunks of any size (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    await using server = serve();
    const sent = randomBytes(3 * MIB + random(1000), seed);
    for (const longest of [100, 10_000, 300_000]) {
      const client = await connectEcho(server.addr);
      const { writable, chunks } = collector();
      await client.stream(readableOf(cut(sent, random, longest)), writable, { window: 1 + random(200_000) });
      assertSameBytes(concat(chunks), sent);
      assertEquals([client.bytesSent, client.bytesReceived], [sent.length, sent.length]);
    }
  });
}

for (const [name, makePair] of Object.entries(PAIRS)) {
  Deno.test(`stream() over ${name} gives back what it is given, and closes everything`, async () => {
    const [near, far] = await makePair();
    const served = echo(far);
    const client = createEchoClient(near);
    const sent = randomBytes(600);
    const { readable, controller } = fedStream();
    const output = collector();
    for (const chunk of [sent.slice(0, 1), new Uint8Array(), sent.slice(1)]) controller.enqueue(chunk);
    controller.close();
    await client.stream(readable, output.writable, { timeout: 60_000 });
    assertSameBytes(concat(output.chunks), sent);
    assertEquals(output.closed, true);
    await assertRejects(() => client.exchange(["x"]), Deno.errors.BadResource);
    await client.close();
    await served;
    far.close();
  });
}

Deno.test("stream() gives each echo as it comes, before the input ends", async () => {
  const [near, far] = connectionPair();
  const served = echo(far);
  const { readable, controller } = fedStream();
  const arrivals = new TransformStream<Uint8Array, Uint8Array>();
  const reader = arrivals.readable.getReader();
  const streaming = createEchoClient(near).stream(readable, arrivals.writable);
  for (const line of ["one\n", "two\n", "three\n"]) {
    controller.enqueue(utf8(line));
    assertEquals((await reader.read()).value, utf8(line));
  }
  controller.close();
  assertEquals((await reader.read()).done, true);
  await Promise.all([streaming, served]);
});

Deno.test("stream() of an empty input ends with FIN both ways", async () => {
  await using server = serve();
  const client = await connectEcho(server.addr);
  const output = collector();
  await client.stream(readableOf([]), output.writable);
  assertEquals([output.chunks, output.closed], [[], true]);
});

Deno.test("stream() may follow exchanges", async () => {
  await using server = serve();
  const client = await connectEcho(server.addr);
  await client.exchange(["first"]);
  const { writable, chunks } = collector();
  await client.stream(readableOf([utf8("second")]), writable);
  assertEquals(concat(chunks), utf8("second"));
  assertEquals([client.bytesSent, client.bytesReceived], [11, 11]);
});

for (const window of [0, -1, 1.5, NaN]) {
  Deno.test(`stream() refuses a window of ${window} and leaves both streams alone`, async () => {
    const [near, far] = connectionPair();
    using client = createEchoClient(near);
    const { readable } = fedStream();
    const { writable } = collector();
    const message = `cannot send with a window of ${window} bytes: use a whole number from 1`;
    await assertRejects(() => client.stream(readable, writable, { window }), RangeError, message);
    assertEquals([readable.locked, writable.locked], [false, false]);
    far.close();
  });
}

Deno.test("stream() refuses a stream that is locked and leaves the other alone", async () => {
  const [near, far] = connectionPair();
  using client = createEchoClient(near);
  const { readable } = fedStream();
  const { writable } = collector();
  const reader = readable.getReader();
  await assertRejects(() => client.stream(readable, writable), TypeError);
  assertEquals(writable.locked, false);
  reader.releaseLock();
  const writer = writable.getWriter();
  await assertRejects(() => client.stream(readable, writable), TypeError);
  assertEquals(readable.locked, false);
  writer.releaseLock();
  far.close();
});
