import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Address,
  connect,
  ConnectError,
  type Connection,
  createEchoClient,
  listen,
  serve,
  type ServeOptions,
} from "../../mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { serveWatched, type WatchedServer } from "../support/echo_server.ts";
import { readAll, turns, until } from "../support/echo_wire.ts";
import { notPosix, testUnless } from "../support/needs.ts";

const MIB = 1024 * 1024;
/** Long enough that a test that waits for it to pass has failed. */
const AMPLE = 60_000;
const CLEAN = { endedByServer: 0, unechoedBytes: 0, lateBytes: 0 };

/** Starts a server with one connection that it serves already. */
async function serveOne(options: ServeOptions = {}): Promise<{ watched: WatchedServer; client: Connection }> {
  const watched = serveWatched(options);
  const client = await watched.connect();
  await until(() => watched.server.stats.open === 1);
  return { watched, client };
}

Deno.test("shutdown() of a server without connections is done at once", async () => {
  const server = serve();
  assertEquals(await server.shutdown(AMPLE), CLEAN);
  await server.finished;
});

Deno.test("shutdown() in mid-transfer loses no byte", async () => {
  const { watched: { server }, client } = await serveOne();
  const sent = randomBytes(32 * MIB);
  const receiving = readAll(client);
  await client.write(sent.subarray(0, 8 * MIB));
  const shutdown = server.shutdown(AMPLE);
  for (let at = 8 * MIB; at < sent.length; at += MIB) await client.write(sent.subarray(at, at + MIB));
  await client.closeWrite();
  assertSameBytes(await receiving, sent);
  assertEquals(await shutdown, CLEAN);
  assertEquals(server.stats.bytesOut, sent.length);
  client.close();
});

Deno.test("shutdown() serves those who wait in the accept queue, and refuses those who come later", async () => {
  const server = serve();
  // All in one turn: not one of them is accepted when shutdown() begins.
  const connecting = Array.from({ length: 20 }, () => connect(server.addr));
  const shutdown = server.shutdown(AMPLE);
  const clients = (await Promise.all(connecting)).map(createEchoClient);
  for (const [i, client] of clients.entries()) await client.exchange([`client ${i}`]);
  await until(() => server.stats.total === 20);
  await refused(server.addr);
  await Promise.all(clients.map((client) => client.close()));
  assertEquals(await shutdown, CLEAN);
  assertEquals(server.stats.total, 20);
});

/** Waits until the port is free for another listener, and finds that connecting is refused. */
async function refused(addr: Address): Promise<void> {
  await until(() => {
    try {
      listen(addr).close();
      return true;
    } catch {
      return false;
    }
  });
  const error = await assertRejects(() => connect(addr), ConnectError);
  assertEquals(error.kind, "refused");
}

Deno.test("shutdown(): idle connections get FIN at the end of the grace and count as clean", async () => {
  const { watched, client } = await serveOne();
  const echoed = createEchoClient(await watched.connect());
  await echoed.exchange(["served before"]);
  const shutdown = watched.server.shutdown(20);
  assertEquals(await client.read(new Uint8Array(1)), null);
  assertEquals(watched.server.stats.open, 2);
  client.close();
  assertEquals(await echoed.connection.read(new Uint8Array(1)), null);
  echoed[Symbol.dispose]();
  assertEquals(await shutdown, { endedByServer: 2, unechoedBytes: 0, lateBytes: 0 });
  assertEquals(watched.summaries.map(({ reason }) => reason), ["finished", "finished"]);
});

Deno.test("shutdown(): one that ignores our FIN is cut a second later, and counts as clean", async () => {
  const { watched, client } = await serveOne();
  const since = performance.now();
  assertEquals(await watched.server.shutdown(0), { endedByServer: 1, unechoedBytes: 0, lateBytes: 0 });
  assert(performance.now() - since >= 1000);
  assertEquals(watched.summaries.map(({ reason }) => reason), ["shutdown"]);
  client.close();
});

Deno.test("shutdown(): a peer that never reads is cut, and what it is owed is counted", async () => {
  const { watched: { server, summaries }, client } = await serveOne();
  const writing = client.write(new Uint8Array(64 * MIB)).catch(() => {});
  await until(() => server.stats.bytesIn > 0 && server.stats.bytesIn > server.stats.bytesOut);
  const { endedByServer, unechoedBytes } = await server.shutdown(0);
  assertEquals(endedByServer, 1);
  assert(unechoedBytes > 0);
  assertEquals(unechoedBytes, server.stats.bytesIn - server.stats.bytesOut);
  assertEquals(summaries[0].reason, "shutdown");
  client.close();
  await writing;
});

Deno.test("shutdown(): what a client sends after our FIN is late, and no loss", async () => {
  const { watched: { server }, client } = await serveOne();
  const shutdown = server.shutdown(0);
  assertEquals(await client.read(new Uint8Array(1)), null);
  await client.write(new Uint8Array(10));
  await client.closeWrite();
  assertEquals(await shutdown, { endedByServer: 1, unechoedBytes: 0, lateBytes: 10 });
  client.close();
});

// Being refused takes two seconds on Windows, which tries again: more than there are.
testUnless(notPosix(), "shutdown(): one that is owed something at the end of the grace gets it, then FIN", async () => {
  const { watched: { server }, client } = await serveOne();
  const sent = randomBytes(64 * MIB);
  const writing = client.write(sent).catch(() => {});
  await until(() => server.stats.bytesIn > server.stats.bytesOut);
  const shutdown = server.shutdown(0);
  await refused(server.addr);
  await turns();
  // Within the second after the grace it reads, none too fast: to the FIN, and no RST.
  const received = new Uint8Array(sent.length);
  let length = 0;
  let reads = 0;
  for (let n: number | null = 0; n !== null; n = await client.read(received.subarray(length, length + 65536))) {
    length += n;
    // One pause in 1 MiB or so: more could take the second up on a busy machine.
    if (++reads % 16 === 0) await turns(1);
  }
  assertEquals(length, server.stats.bytesOut);
  assertSameBytes(received.subarray(0, length), sent.subarray(0, length));
  client.close();
  await writing;
  const { unechoedBytes, lateBytes } = await shutdown;
  assertEquals([unechoedBytes, lateBytes], [0, server.stats.bytesIn - server.stats.bytesOut]);
});

Deno.test("shutdown(): discard and chargen count as clean", async () => {
  for (const service of ["discard", "chargen"] as const) {
    const { watched: { server }, client } = await serveOne({ service });
    await client.write(new Uint8Array(1000));
    await until(() => server.stats.bytesIn === 1000);
    const shutdown = server.shutdown(0);
    await readAll(client);
    client.close();
    assertEquals(await shutdown, { endedByServer: 1, unechoedBytes: 0, lateBytes: 0 });
    assertEquals(server.stats.errors, 0);
  }
});

Deno.test("shutdown(): a chargen peer that never reads is cut and counts as clean", async () => {
  const { watched: { server, summaries }, client } = await serveOne({ service: "chargen" });
  await until(() => server.stats.bytesOut > 0);
  assertEquals(await server.shutdown(0), { endedByServer: 1, unechoedBytes: 0, lateBytes: 0 });
  assertEquals(summaries[0].reason, "shutdown");
  client.close();
});

Deno.test("a second shutdown() joins the first, whatever its grace", async () => {
  const { watched: { server }, client } = await serveOne();
  const first = server.shutdown(AMPLE);
  const second = server.shutdown(0);
  assertEquals(first === second, true);
  client.close();
  assertEquals(await second, CLEAN);
});

Deno.test("close() or the signal during shutdown() ends it at once", async () => {
  for (const how of ["close", "signal"]) {
    const controller = new AbortController();
    const { watched, client } = await serveOne({ signal: controller.signal });
    const shutdown = watched.server.shutdown(AMPLE);
    await refused(watched.server.addr);
    if (how === "close") watched.server.close();
    else controller.abort();
    assertEquals(await shutdown, CLEAN);
    assertEquals(watched.events, ["open 1", "close 1 shutdown"]);
    client.close();
  }
});

Deno.test("close() in the very turn of shutdown() ends it at once, and the other way round", async () => {
  const { watched: one, client } = await serveOne();
  const shutdown = one.server.shutdown(AMPLE);
  one.server.close();
  assertEquals(await shutdown, CLEAN);
  client.close();
  const { watched: other, client: alsoClient } = await serveOne();
  other.server.close();
  assertEquals(await other.server.shutdown(AMPLE), CLEAN);
  alsoClient.close();
});

Deno.test("shutdown() without a grace has five seconds of it: an idle client may go on for a while", async () => {
  const { watched: { server }, client: connection } = await serveOne();
  const client = createEchoClient(connection);
  const shutdown = server.shutdown();
  await refused(server.addr);
  for (let i = 0; i < 100; i++) await client.exchange(["still served"]);
  await client.close();
  assertEquals(await shutdown, CLEAN);
});

for (const grace of [-1, NaN]) {
  Deno.test(`shutdown(${grace}) rejects and leaves the server running`, async () => {
    await using server = serve();
    await assertRejects(() => server.shutdown(grace), RangeError, `a grace of ${grace} ms: it must be 0 or more`);
    using client = createEchoClient(await connect(server.addr));
    await client.exchange(["x"]);
  });
}

Deno.test("shutdown(Infinity) waits for the last client, however long", async () => {
  const { watched: { server }, client: connection } = await serveOne();
  const client = createEchoClient(connection);
  const shutdown = server.shutdown(Infinity);
  await refused(server.addr);
  for (let i = 0; i < 100; i++) await client.exchange(["still served"]);
  await client.close();
  assertEquals(await shutdown, CLEAN);
});
