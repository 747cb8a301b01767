import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { ConnectError } from "../../lib/core/errors.ts";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { startTls } from "../../lib/net/start_tls.ts";
import { tlsAcceptor } from "../../lib/net/tls_acceptor.ts";
import { createConnection } from "../../lib/transport/create_connection.ts";
import { createServer, type CreateServerOptions } from "../../lib/transport/create_server.ts";
import { createTransport } from "../../lib/transport/create_transport.ts";
import { startTransportTls } from "../../lib/transport/start_transport_tls.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { randomBytes } from "../support/bytes.ts";
import { outcome, readAll, readExactly } from "../support/contract_connection.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { authority, serverCertificate } from "../support/tls_pair.ts";
import { type Hooks, Recorder, turns } from "../support/transport_recorder.ts";

const acceptor = await tlsAcceptor(serverCertificate);
const trust = { serverName: "localhost", caCerts: [authority.cert] };

/** A server that echoes, over TLS. */
function echoServer(options: CreateServerOptions = {}) {
  const protocols: Recorder[] = [];
  const server = createServer(() => {
    const recorder: Recorder = new Recorder({ dataReceived: (data) => recorder.transport.write(data) });
    protocols.push(recorder);
    return recorder;
  }, { tls: acceptor, ...options });
  return { server, protocols };
}

/** A transport over one end of a connection in memory, and the other end. */
function begin(hooks?: Hooks): { transport: Transport; recorder: Recorder; far: Connection } {
  const [near, far] = connectionPair();
  const recorder = new Recorder(hooks);
  return { transport: createTransport(near, recorder), recorder, far };
}

Deno.test("createServer() and createConnection() over TLS: connectionMade() comes after the handshake", async () => {
  const { server, protocols } = echoServer();
  await using _server = server;
  const [transport, recorder] = await createConnection(() => new Recorder(), { ...server.addresses[0], tls: trust });
  const tls = transport.getExtraInfo("tls");
  assertEquals([tls?.version, tls?.peer, transport.getExtraInfo("conn")], ["1.3", "localhost", undefined]);
  transport.write(randomBytes(100_000));
  await recorder.until(() => recorder.length === 100_000);
  assertEquals(recorder.bytes, randomBytes(100_000));
  assertEquals(protocols[0].transport.getExtraInfo("tls")?.cipher, tls?.cipher);
  transport.writeEof();
  assertEquals([await recorder.ended(), await protocols[0].ended()], [null, null]);
  const events = [recorder, protocols[0]].map(({ events }) =>
    events.filter((event) => !/^(pause|resume)$/.test(event))
  );
  assertEquals(events, [["made", "data", "eof", "lost"], ["made", "data", "eof", "lost"]]);
});

Deno.test("createConnection(): a certificate that is not trusted rejects, and the factory is not called", async () => {
  const { server, protocols } = echoServer();
  await using _server = server;
  let made = 0;
  const error = await assertRejects(
    () => createConnection(() => (made++, {}), { ...server.addresses[0], tls: true }),
    ConnectError,
  );
  assertEquals([error.kind, made, protocols.length], ["tls", 0, 0]);
});

Deno.test("createServer(): a handshake that fails is logged, no protocol is made, and others go on", async () => {
  const logger = new RecordingLogger();
  const { server, protocols } = echoServer({ logger });
  await using _server = server;
  using rude = await connect(server.addresses[0]);
  await rude.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  await outcome(readAll(rude));
  using polite = await connect({ ...server.addresses[0], tls: trust });
  await polite.write(randomBytes(3));
  assertEquals([await readExactly(polite, 3), protocols.length], [randomBytes(3), 1]);
  assertEquals(logger.texts("info").filter((text) => text.includes("does not speak TLS")).length, 1);
});

Deno.test("createServer(): close() ends a handshake under way, and waitClosed() waits for that", async () => {
  const { server, protocols } = echoServer();
  using first = await connect({ ...server.addresses[0], tls: trust });
  using silent = await connect(server.addresses[0]);
  // The listener hands connections out in order: what comes after the silent one has met it.
  using last = await connect({ ...server.addresses[0], tls: trust });
  for (const client of [first, last]) {
    await client.write(randomBytes(5));
    assertEquals(await readExactly(client, 5), randomBytes(5));
  }
  server.close();
  assertEquals([null, "ConnectionReset"].includes(await outcome(silent.read(new Uint8Array(1))) as null), true);
  await first.write(randomBytes(5));
  assertEquals(await readExactly(first, 5), randomBytes(5));
  first.close();
  last.close();
  await server.waitClosed();
  assertEquals(protocols.length, 2);
});

Deno.test("startTransportTls(): the protocol keeps its place, what was written before goes out in plain", async () => {
  const { transport, recorder, far } = begin();
  transport.write(new TextEncoder().encode("STARTTLS\r\n"));
  const starting = startTransportTls(transport, trust);
  assertThrows(() => transport.write(randomBytes(1)), Deno.errors.BadResource, "TLS has begun");
  assertEquals([transport.isClosing(), transport.isReading()], [true, false]);
  assertEquals(new TextDecoder().decode(await readExactly(far, 10)), "STARTTLS\r\n");
  using server = await acceptor.accept(far);
  const secured = await starting;
  assertStrictEquals(secured.getProtocol(), recorder);
  assertEquals([secured.isClosing(), secured.isReading(), secured.getExtraInfo("tls")?.version], [false, true, "1.3"]);
  secured.write(randomBytes(1000));
  assertEquals(await readExactly(server, 1000), randomBytes(1000));
  await server.write(randomBytes(70_000));
  await recorder.until(() => recorder.length === 70_000);
  assertEquals(recorder.bytes, randomBytes(70_000));
  await server.closeWrite();
  assertEquals(await recorder.ended(), null);
  assertEquals(recorder.events, ["made", "data", "eof", "lost"]);
});

Deno.test("startTransportTls() as the server: what the reader has taken already belongs to TLS", async () => {
  // Paused from the first: the client's first bytes are read by nobody, or by a read that was under way.
  for (const pause of [true, false]) {
    const { transport, recorder, far } = begin();
    if (pause) transport.pauseReading();
    await turns(1); // a read is under way
    const starting = startTransportTls(transport, { acceptor });
    const [secured, client] = await Promise.all([starting, startTls(far, trust)]);
    using near = client;
    await near.write(randomBytes(10));
    await recorder.until(() => recorder.length === 10);
    secured.close();
    assertEquals([await near.read(new Uint8Array(1)), await recorder.ended()], [null, null]);
  }
});

Deno.test("startTransportTls(): bytes that came before the protocol asked for TLS are TLS's", async () => {
  const { transport, recorder, far } = begin({ connectionMade: (transport) => transport.pauseReading() });
  const client = startTls(far, trust);
  await turns();
  transport.resumeReading();
  transport.pauseReading();
  await turns();
  assertEquals(recorder.events, ["made"]);
  const secured = await startTransportTls(transport, { acceptor });
  using _near = await client;
  secured.abort();
  assertEquals(await recorder.ended(), null);
});

Deno.test("startTransportTls(): a handshake that fails rejects, and connectionLost() gets the same error, once", async () => {
  const { transport, recorder, far } = begin();
  const starting = startTransportTls(transport, { serverName: "localhost" });
  starting.catch(() => {});
  await acceptor.accept(far).catch(() => {});
  const error = await assertRejects(() => starting, ConnectError);
  assertEquals(error.kind, "tls");
  assertStrictEquals(await recorder.ended(), error);
  assertEquals(recorder.events, ["made", "lost"]);
});

Deno.test("startTransportTls(): the peer's end in place of a handshake", async () => {
  const { transport, recorder, far } = begin();
  await far.closeWrite();
  transport.pauseReading();
  const error = await assertRejects(() => startTransportTls(transport, trust), ConnectError, "closed the connection");
  assertStrictEquals(await recorder.ended(), error);
  far.close();
});

Deno.test("startTransportTls(): close() and abort() of the old transport reach what took its place, before and after", async () => {
  for (const how of ["close", "abort"] as const) {
    const during = begin();
    const starting = startTransportTls(during.transport, trust);
    starting.catch(() => {});
    await readExactly(during.far, 5);
    during.transport[how]();
    assertEquals(await during.recorder.ended(), null);
    assertInstanceOf(await starting.catch((error) => error), Error);
    during.far.close();

    const after = begin();
    const [secured, far] = await Promise.all([startTransportTls(after.transport, trust), acceptor.accept(after.far)]);
    after.transport[how]();
    assertEquals([secured.isClosing(), await after.recorder.ended()], [true, null]);
    far.close();
  }
});

Deno.test("startTransportTls(): not where it is closing, has begun, or has sent its end; nor on a stranger's", async () => {
  const closing = begin();
  closing.transport.write(randomBytes(1));
  closing.transport.close();
  await assertRejects(() => startTransportTls(closing.transport, trust), Deno.errors.BadResource);
  assertEquals(await closing.recorder.ended(), null);
  const ended = begin();
  ended.transport.writeEof();
  await assertRejects(() => startTransportTls(ended.transport, trust), Deno.errors.BadResource);
  assert(!ended.recorder.has("lost"));
  ended.transport.abort();
  await ended.recorder.ended();
  const twice = begin();
  const first = startTransportTls(twice.transport, trust);
  first.catch(() => {});
  await assertRejects(() => startTransportTls(twice.transport, trust), Deno.errors.BadResource);
  twice.transport.abort();
  await twice.recorder.ended();
  await first.catch(() => {});
  await assertRejects(() => startTransportTls({} as Transport, trust), TypeError, "none that this library made");
  for (const { far } of [closing, ended, twice]) far.close();
});

Deno.test("the transports of a server are closed by it also where they have gone over to TLS", async () => {
  const secured = Promise.withResolvers<Transport>();
  const server = createServer(() => {
    const recorder: Recorder = new Recorder({
      dataReceived: () => {
        recorder.transport.write(new TextEncoder().encode("go ahead"));
        secured.resolve(startTransportTls(recorder.transport, { acceptor }));
      },
    });
    return recorder;
  });
  const plain = await connect(server.addresses[0]);
  await plain.write(new TextEncoder().encode("STARTTLS"));
  await readExactly(plain, 8);
  using client = await startTls(plain, trust);
  assertEquals((await secured.promise).getExtraInfo("tls")?.version, "1.3");
  await server[Symbol.asyncDispose]();
  assertEquals(await client.read(new Uint8Array(1)), null);
});
