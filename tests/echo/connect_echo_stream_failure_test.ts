import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  connectEcho,
  connectionPair,
  createEchoClient,
  echo,
  EchoIncompleteError,
  EchoMismatchError,
  listen,
  serve,
} from "../../mod.ts";
import { concat } from "../support/bytes.ts";
import { utf8 } from "../support/echo_bytes.ts";
import { collector, fedStream, readableOf } from "../support/echo_streams.ts";
import { connectResettable, readExactly, turns } from "../support/echo_wire.ts";

/** A client whose peer the test plays, and a stream in which `sent` was sent. */
async function streamTo(sent: string, options = {}) {
  const [near, far] = connectionPair();
  const client = createEchoClient(near);
  const input = fedStream();
  const output = collector();
  const streaming = client.stream(input.readable, output.writable, options).then(() => undefined, (error) => error);
  if (sent !== "") input.controller.enqueue(utf8(sent));
  await readExactly(far, sent.length);
  return { client, far, input, output, streaming };
}

Deno.test("stream() finds a wrong byte, cancels the input and aborts the output with the error", async () => {
  const { client, far, input, output, streaming } = await streamTo("hello");
  await far.write(utf8("he"));
  await far.write(utf8("lpo"));
  const error = await streaming;
  assert(error instanceof EchoMismatchError);
  assertEquals([error.offset, error.expected, error.actual], [3, utf8("lo"), utf8("po")]);
  assertEquals(concat(output.chunks), utf8("he"));
  await turns();
  assertStrictEquals(input.cancelled, error);
  assertStrictEquals(output.aborted, error);
  await assertRejects(() => client.exchange(["x"]), Deno.errors.BadResource);
  far.close();
});

Deno.test("stream() finds bytes that nobody sent, while the input is quiet", async () => {
  const { far, streaming } = await streamTo("");
  await far.write(utf8("surprise"));
  const error = await streaming;
  assert(error instanceof EchoMismatchError);
  assertEquals([error.offset, error.expected, error.actual], [0, new Uint8Array(), utf8("surprise")]);
  far.close();
});

Deno.test("stream() with verify: false passes on what came, and counts it", async () => {
  const { client, far, input, output, streaming } = await streamTo("hello", { verify: false });
  await far.write(utf8("HELLO"));
  input.controller.close();
  assertEquals(await far.read(new Uint8Array(1)), null);
  await far.closeWrite();
  assertEquals(await streaming, undefined);
  assertEquals(concat(output.chunks), utf8("HELLO"));
  assertEquals([client.bytesSent, client.bytesReceived], [5, 5]);
  far.close();
});

Deno.test("stream() with verify: false finds that bytes are missing", async () => {
  const { far, input, streaming } = await streamTo("hello", { verify: false });
  input.controller.close();
  await far.write(utf8("HELL"));
  await far.closeWrite();
  const error = await streaming;
  assert(error instanceof EchoIncompleteError);
  assertEquals([error.reason, error.missing], ["closed", 1]);
  far.close();
});

for (const echoed of ["", "hel", "hello"]) {
  Deno.test(`stream() tells that the peer closed after ${echoed.length} of 5 bytes, the input open`, async () => {
    const { far, input, output, streaming } = await streamTo("hello");
    await far.write(utf8(echoed));
    await far.closeWrite();
    const error = await streaming;
    assert(error instanceof EchoIncompleteError);
    const count = echoed.length === 5 ? "all of 5 bytes, but" : `${echoed.length} of 5 bytes:`;
    assertEquals(error.message, `peer has echoed ${count} it closed the connection`);
    assertEquals([error.reason, error.missing], ["closed", 5 - echoed.length]);
    await turns();
    assertEquals([input.cancelled, output.aborted], [error, error]);
    far.close();
  });
}

Deno.test("stream() tells that the peer reset, over TCP and over a pair", async () => {
  const { far, streaming } = await streamTo("hello");
  far.abort();
  assertEquals([(await streaming).reason, (await streaming).missing], ["reset", 5]);
  using listener = listen({ port: 0 });
  const [peer, accepted] = await Promise.all([connectResettable(listener.addr.port), listener.accept()]);
  const running = createEchoClient(accepted).stream(fedStream().readable, collector().writable);
  running.catch(() => {});
  await peer.reset();
  const error = await assertRejects(() => running, EchoIncompleteError);
  assertEquals([error.reason, error.missing], ["reset", 0]);
});

Deno.test("stream() passes an error of the input on, and aborts the output with it", async () => {
  const { client, far, input, output, streaming } = await streamTo("hello");
  const error = new Error("the disk is gone");
  input.controller.error(error);
  assertStrictEquals(await streaming, error);
  await turns();
  assertStrictEquals(output.aborted, error);
  await assertRejects(() => client.exchange(["x"]), Deno.errors.BadResource);
  far.close();
});

Deno.test("stream() passes an error of the output on, and cancels the input with it", async () => {
  const [near, far] = connectionPair();
  const served = echo(far).catch(() => {});
  const error = new Error("the disk is full");
  const input = fedStream();
  const output = collector(() => Promise.reject(error));
  const streaming = createEchoClient(near).stream(input.readable, output.writable).catch((error) => error);
  input.controller.enqueue(utf8("hello"));
  assertStrictEquals(await streaming, error);
  await turns();
  assertStrictEquals(input.cancelled, error);
  await served;
});

Deno.test("stream() passes an error of closing the output on", async () => {
  await using server = serve();
  const error = new Error("the disk is full");
  const writable = new WritableStream<Uint8Array>({ close: () => Promise.reject(error) });
  const client = await connectEcho(server.addr);
  assertStrictEquals(await client.stream(readableOf([utf8("x")]), writable).catch((error) => error), error);
});

Deno.test("stream() gives up with the signal's reason, although input and output are stuck", async () => {
  const [near, far] = connectionPair();
  const served = echo(far).catch(() => {});
  const controller = new AbortController();
  const input = fedStream();
  const output = collector(() => new Promise(() => {}));
  const streaming = createEchoClient(near)
    .stream(input.readable, output.writable, { signal: controller.signal }).catch((error) => error);
  input.controller.enqueue(utf8("hello"));
  await turns();
  const reason = new Error("Ctrl-C");
  controller.abort(reason);
  assertStrictEquals(await streaming, reason);
  assertStrictEquals(input.cancelled, reason);
  await served;
});
