import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import {
  connectEcho,
  ConnectError,
  type Connection,
  connectionPair,
  createEchoClient,
  echo,
  serve,
} from "../../mod.ts";
import { concat, randomBytes, seededRandom } from "../support/bytes.ts";
import { assertSameBytes, cut, utf8 } from "../support/echo_bytes.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { PAIRS, turns, until } from "../support/echo_wire.ts";

const MIB = 1024 * 1024;

for (const [name, makePair] of Object.entries(PAIRS)) {
  Deno.test(`exchange() over ${name} gives the echoes cut at the message boundaries`, async () => {
    const [near, far] = await makePair();
    const served = echo(far);
    const client = createEchoClient(near);
    const cases: (string | Uint8Array)[][] = [
      ["data1\n", "data2\n"],
      [],
      [""],
      ["", "a", "", "", "b", ""],
      ["h\u00e9llo \u{1f600}", new Uint8Array([0, 255, 10, 13])],
      [new Uint8Array(0), randomBytes(300)],
      Array.from({ length: 50 }, (_, i) => "x".repeat(i % 5)),
    ];
    for (const messages of cases) {
      const expected = messages.map((message) => typeof message === "string" ? utf8(message) : message);
      assertEquals(await client.exchange(messages), expected);
    }
    const total = cases.flat().reduce(
      (sum, message) => sum + (typeof message === "string" ? utf8(message) : message).length,
      0,
    );
    assertEquals([client.bytesSent, client.bytesReceived], [total, total]);
    await client.close();
    await served;
    far.close();
  });
}

Deno.test("exchange() takes any iterable, once", async () => {
  await using server = serve();
  using client = await connectEcho(server.addr);
  function* messages() {
    yield "one";
    yield utf8("two");
  }
  assertEquals(await client.exchange(messages()), [utf8("one"), utf8("two")]);
  assertEquals(await client.exchange(new Set(["three"])), [utf8("three")]);
});

Deno.test("exchange() does not deadlock on 64 MiB through buffers of 4 KiB", async () => {
  const [near, far] = connectionPair({ forth: { bufferSize: 4096 }, back: { bufferSize: 4096 } });
  const served = echo(far);
  using client = createEchoClient(near);
  const sent = randomBytes(64 * MIB);
  const [received] = await client.exchange([sent]);
  assertSameBytes(received, sent);
  await client.close();
  await served;
});

Deno.test("exchange() does not deadlock on 64 MiB over TCP, in one message or in thousands", async () => {
  await using server = serve();
  using client = await connectEcho(server.addr);
  const sent = randomBytes(64 * MIB);
  assertSameBytes((await client.exchange([sent]))[0], sent);
  const messages = cut(sent, seededRandom(1), 40_000);
  assert(messages.length > 1000);
  assertSameBytes(concat(await client.exchange(messages)), sent);
  await client.close();
});

Deno.test("exchange() leaves its messages as they are and gives arrays of its own", async () => {
  await using server = serve();
  using client = await connectEcho(server.addr);
  const message = utf8("mine");
  const [received] = await client.exchange([message]);
  assertEquals(received, message);
  assertEquals(received.buffer === message.buffer, false);
  assertEquals(message, utf8("mine"));
});

Deno.test("a second exchange, stream or close while one runs rejects with Busy and harms nothing", async () => {
  const [near, far] = connectionPair();
  using client = createEchoClient(near);
  const first = client.exchange(["slow"]);
  const readable = new ReadableStream<Uint8Array>();
  const writable = new WritableStream<Uint8Array>();
  await assertRejects(() => client.exchange(["x"]), Deno.errors.Busy, "another exchange or stream is running");
  await assertRejects(() => client.stream(readable, writable), Deno.errors.Busy);
  await assertRejects(() => client.close(), Deno.errors.Busy);
  assertEquals([readable.locked, writable.locked], [false, false]);
  const served = echo(far);
  assertEquals(await first, [utf8("slow")]);
  assertEquals(await client.exchange(["next"]), [utf8("next")]);
  await client.close();
  await served;
});

Deno.test("a client that is closed rejects with BadResource; closing it again does nothing", async () => {
  const closings: ((client: Disposable & { close(): Promise<void> }) => unknown)[] = [
    (client) => client.close(),
    (client) => client[Symbol.dispose](),
  ];
  await using server = serve();
  for (const close of closings) {
    const client = await connectEcho(server.addr);
    await client.exchange(["x"]);
    await close(client);
    await assertRejects(() => client.exchange(["x"]), Deno.errors.BadResource, "the client is closed");
    await assertRejects(() => client.stream(new ReadableStream(), new WritableStream()), Deno.errors.BadResource);
    await client.close();
    client[Symbol.dispose]();
    assertEquals([client.bytesSent, client.bytesReceived], [1, 1]);
  }
});

Deno.test("bytesSent and bytesReceived count while an exchange runs", async () => {
  const [near, far] = connectionPair();
  using client = createEchoClient(near);
  const running = client.exchange(["123", "4567"]);
  await until(() => client.bytesSent === 7);
  assertEquals(client.bytesReceived, 0);
  await far.write(utf8("12345"));
  await until(() => client.bytesReceived === 5);
  await far.write(utf8("67"));
  await running;
  assertEquals([client.bytesSent, client.bytesReceived], [7, 7]);
  far.close();
});

for (const timeout of [0, -1, NaN]) {
  Deno.test(`a timeout of ${timeout} is refused before anything is sent`, async () => {
    const [near, far] = connectionPair();
    const served = echo(far);
    using client = createEchoClient(near);
    const message = `cannot wait ${timeout} ms for an echo: timeout must be more than 0`;
    await assertRejects(() => client.exchange(["x"], { timeout }), RangeError, message);
    await assertRejects(() => client.stream(new ReadableStream(), new WritableStream(), { timeout }), RangeError);
    await assertRejects(() => client.close({ timeout }), RangeError);
    assertEquals(client.bytesSent, 0);
    await client.exchange(["x"], { timeout: Infinity });
    await client.close();
    await served;
  });
}

/** A peer that takes everything and says nothing. */
function silentClient(): { client: ReturnType<typeof createEchoClient>; far: Connection } {
  const [near, far] = connectionPair();
  return { client: createEchoClient(near), far };
}

Deno.test("exchange() gives up with the signal's reason, before it begins and in the middle", async () => {
  const reason = new Error("enough");
  const before = silentClient();
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(await before.client.exchange(["x"], { signal }).catch((error) => error), reason);
  assertEquals(before.client.bytesSent, 0);
  const middle = silentClient();
  const controller = new AbortController();
  const running = middle.client.exchange(["x"], { signal: controller.signal }).catch((error) => error);
  await turns();
  controller.abort(reason);
  assertStrictEquals(await running, reason);
  await assertRejects(() => middle.client.exchange(["x"]), Deno.errors.BadResource);
  for (const { far } of [before, middle]) far.close();
});

Deno.test("a signal that is aborted after the exchange does nothing more", async () => {
  await using server = serve();
  using client = await connectEcho(server.addr);
  const controller = new AbortController();
  await client.exchange(["x"], { signal: controller.signal });
  controller.abort();
  assertEquals(await client.exchange(["y"]), [utf8("y")]);
});

Deno.test("connectEcho() passes the connect error on", async () => {
  const server = serve();
  server.close();
  await server.finished;
  const error = await assertRejects(() => connectEcho(server.addr), ConnectError);
  assertEquals(error.kind, "refused");
});

Deno.test("connectEcho() logs each sent and recv at debug", async () => {
  const logger = new RecordingLogger(true);
  await using server = serve();
  const client = await connectEcho({ ...server.addr, logger });
  await client.exchange(["data1\n"]);
  await client.close();
  assertEquals(logger.records.map(({ fields }) => fields?.event), ["sent", "recv", "fin", "eof", "close"]);
  assertMatch(logger.records[0].text, /^sent 6 bytes to 127\.0\.0\.1:\d+: "data1\\n"$/);
});

Deno.test("exchange(): what is neither text nor bytes is refused before anything is sent", async () => {
  const [near, far] = connectionPair();
  const served = echo(far);
  using client = createEchoClient(near);
  for (const bad of [5, {}, new ArrayBuffer(3), new Uint16Array(2), null]) {
    await assertRejects(() => client.exchange(["x", bad as unknown as string]), TypeError, "message 1");
  }
  assertEquals(client.bytesSent, 0);
  // An options object of a stream's may come along; its window is not an exchange's.
  const options = { window: 0, timeout: 60_000 };
  assertEquals((await client.exchange(["abc"], options)).length, 1);
  await client.close(options);
  await served;
});
