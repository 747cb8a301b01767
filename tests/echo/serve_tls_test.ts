import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  connect,
  connectEcho,
  ConnectError,
  type Connection,
  createEchoClient,
  serve,
  type ServeOptions,
  startTls,
  type TlsConnection,
} from "../../mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { certificateAuthority } from "../support/certificates.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { serveWatched } from "../support/echo_server.ts";
import { readAll, until } from "../support/echo_wire.ts";
import { notLinux, testUnless } from "../support/needs.ts";

const authority = await certificateAuthority();
const caCerts = [authority.cert];

async function certificate(commonName = "one") {
  return await authority.issue({ names: ["localhost", "127.0.0.1"], commonName });
}

/** Connects by TLS and tells whose certificate it was shown. */
async function peerOf(port: number): Promise<[Connection, string | undefined]> {
  const connection = await connect({ port, tls: { caCerts } });
  return [connection, (connection as TlsConnection).tls.peer];
}

Deno.test("tls: the services are served over TLS, and what was agreed is told", async () => {
  await using watched = serveWatched({ tls: { ...await certificate(), alpnProtocols: ["echo"] } });
  const { server } = watched;
  assertEquals(server.endpoints.map(({ tls }) => tls), [true]);
  await server.ready;
  const client = await connectEcho({ port: server.addr.port, tls: { caCerts, alpnProtocols: ["echo"] } });
  const [echo] = await client.exchange([randomBytes(1_000_000)]);
  assertEquals(echo, randomBytes(1_000_000));
  const [{ tls }] = await server.connections();
  assertEquals([tls?.version, tls?.alpnProtocol, tls?.peer], ["1.3", "echo", undefined]);
  await client.close();
  await until(() => watched.summaries.length === 1);
  assertEquals(watched.summaries[0].reason, "finished");
  assertEquals([server.stats.bytesIn, server.stats.bytesOut], [1_000_000, 1_000_000]);
});

Deno.test("tls: who connects before TLS is loaded waits for the handshake, and is served", async () => {
  await using server = serve({ tls: await certificate() });
  using client = await connectEcho({ port: server.addr.port, tls: { caCerts } });
  assertEquals((await client.exchange(["early"])).length, 1);
});

for (const workers of [1, 2]) {
  const name = `reload(): ${workers} threads show the next certificate to the next connection, and drop none`;
  testUnless(workers > 1 ? notLinux() : undefined, name, async () => {
    await using server = serve({ workers, tls: await certificate("before") });
    await server.ready;
    const { port } = server.addr;
    const [old, before] = await peerOf(port);
    // A crowd that connects all the time: none of them may be refused.
    const crowd: [string | undefined, boolean][] = [];
    let stop = false;
    const crowding = Promise.all(Array.from({ length: 4 }, async () => {
      while (!stop) {
        const [connection, peer] = await peerOf(port);
        crowd.push([peer, (await createEchoClient(connection).exchange(["x"])).length === 1]);
        connection.close();
      }
    }));
    await until(() => crowd.length > 5);
    await server.reload({ tls: await certificate("after") });
    const reloadedAt = crowd.length;
    await until(() => crowd.length > reloadedAt + 10);
    stop = true;
    await crowding;
    const [connection, after] = await peerOf(port);
    assertEquals([before, after], ["before", "after"]);
    assertEquals(crowd.filter(([, served]) => !served), []);
    assertEquals([...new Set(crowd.map(([peer]) => peer))], ["before", "after"]);
    assertEquals((await createEchoClient(old).exchange(["still here"])).length, 1);
    await assertRejects(() => server.reload({ tls: { cert: "no", key: "no" } }), TypeError);
    const [last, still] = await peerOf(port);
    assertEquals(still, "after");
    for (const open of [old, connection, last]) open.close();
  });
}

Deno.test("tls: a certificate that cannot be used ends the server, and ready and failure say so", async () => {
  const { cert } = await certificate();
  const { key } = await certificate();
  const errors: unknown[] = [];
  const server = serve({ tls: { cert, key }, onError: (error) => errors.push(error) });
  const error = await assertRejects(() => server.ready, TypeError);
  await server.finished;
  assertEquals([server.failure, errors], [error, [error]]);
});

Deno.test("tls: mutual, a client without a certificate of ours is refused, counted and told", async () => {
  const logger = new RecordingLogger(false);
  const options: ServeOptions = { tls: { ...await certificate(), clientCaCerts: caCerts }, logger };
  await using watched = serveWatched(options);
  const { port } = watched.server.addr;
  const own = await certificate("a client");
  using client = await connectEcho({ port, tls: { caCerts, ...own } });
  await client.exchange(["x"]);
  assertEquals((await watched.server.connections())[0].tls?.peer, "a client");
  const stranger = await (await certificateAuthority("others")).issue();
  for (const tls of [{ caCerts }, { caCerts, ...stranger }]) {
    // In TLS 1.3 a client is done before the server has judged it: it is told by its first read.
    await assertRejects(async () => {
      using refused = await connectEcho({ port, tls });
      await refused.exchange(["x"]);
    });
  }
  await until(() => watched.server.stats.refusedBy.handshake === 2);
  const { open, total, refused, errors } = watched.server.stats;
  assertEquals([open, total, refused, errors], [1, 1, 2, 0]);
  const [told] = logger.records.filter(({ level }) => level === "warn");
  assert(/^refused 1 connection of late, the last from 127\.0\.0\.1: no TLS handshake: /.test(told.text), told.text);
});

Deno.test("tls: who says nothing, half a hello, or what is no TLS is closed in time; its place is free again", async () => {
  await using watched = serveWatched({ tls: { ...await certificate(), handshakeTimeout: 100 }, maxConnections: 4 });
  const { server } = watched;
  const sayings = [[], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01], [...new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")]];
  const silent = await Promise.all(sayings.map(async (saying) => {
    const connection = await connect(server.addr);
    if (saying.length > 0) await connection.write(new Uint8Array(saying));
    return connection;
  }));
  await Promise.all(silent.map((connection) => readAll(connection).catch(() => {})));
  for (const connection of silent) connection.close();
  await until(() => server.stats.open === 0);
  assertEquals([server.stats.refusedBy.handshake, server.stats.total, watched.events], [3, 0, []]);
  using client = await connectEcho({ port: server.addr.port, tls: { caCerts } });
  await client.exchange(["x"]);
});

Deno.test("tls: limits and lists are kept before the handshake, and hold for TLS's own connections", async () => {
  await using watched = serveWatched({ tls: await certificate(), deny: ["127.0.0.2"], maxBytes: 10, rateLimit: 1000 });
  const { port } = watched.server.addr;
  await assertRejects(() => connect({ port, source: "127.0.0.2", tls: { caCerts } }), ConnectError);
  assertEquals(watched.server.stats.refusedBy, statsRefused({ access: 1 }));
  const client = await connect({ port, tls: { caCerts } });
  await client.write(randomBytes(50));
  assertEquals(await readAll(client), randomBytes(50).slice(0, 10));
  client.close();
  await until(() => watched.summaries.length === 1);
  assertEquals(watched.summaries[0].reason, "bytes");
});

function statsRefused(given: Record<string, number>): Record<string, number> {
  return { access: 0, maxConnections: 0, maxPerHost: 0, acceptRate: 0, handshake: 0, ...given };
}

Deno.test("tls: close() and shutdown() end connections in their handshake; they are nobody's refusal", async () => {
  for (const end of ["close", "shutdown"] as const) {
    const server = serve({ tls: await certificate() });
    using silent = await connect(server.addr);
    await until(() => server.stats.open === 1);
    if (end === "close") server.close();
    else await server.shutdown(50);
    await server.finished;
    assertEquals([server.stats.open, server.stats.total, server.stats.refused], [0, 0, 0]);
    assertEquals(await silent.read(new Uint8Array(1)), null);
  }
});

Deno.test("endpoints: plain and TLS side by side", async () => {
  await using server = serve({ tls: await certificate(), endpoints: [{ tls: true }, { service: "discard" }, {}] });
  const [secure, , plain] = server.endpoints;
  using first = await connectEcho({ port: secure.addr.port, tls: { caCerts } });
  using second = await connectEcho({ port: plain.addr.port });
  assertEquals([(await first.exchange(["x"])).length, (await second.exchange(["x"])).length], [1, 1]);
});

Deno.test("tls: a peer that breaks off, or sends what is no TLS, is one reset, and no error of ours", async () => {
  const logger = new RecordingLogger(false);
  await using watched = serveWatched({ tls: await certificate(), logger });
  const { server } = watched;
  for (const last of [[], [...new TextEncoder().encode("no record")]]) {
    const below = await connect(server.addr);
    const client = await startTls(below, { caCerts });
    await createEchoClient(client).exchange(["x"]);
    // Past TLS: what the connection below sends now is none of its records.
    if (last.length > 0) await below.write(new Uint8Array(last));
    await below.closeWrite();
    await readAll(below).catch(() => {});
    below.close();
    client.close();
  }
  await until(() => watched.summaries.length === 2);
  assertEquals(watched.summaries.map(({ reason }) => reason), ["reset", "reset"]);
  assertEquals([server.stats.errors, watched.errors], [2, []]);
  assertEquals(logger.records.filter(({ level }) => level !== "info" && level !== "debug"), []);
});
