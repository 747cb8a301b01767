import { assert, assertEquals } from "@std/assert";
import { connect, createEchoClient, serve, type ServeOptions, type ServiceName } from "../../mod.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import { assertEnds } from "../support/server_endings.ts";
import { randomBytes } from "../support/bytes.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { serveWatched } from "../support/echo_server.ts";
import { readAll, readExactly, until } from "../support/echo_wire.ts";

Deno.test("rateLimit and rateLimitTotal: every byte comes back, with pauses, and a peer that waits is not idle", async () => {
  const cases: ServeOptions[] = [{ rateLimit: 10_000 }, { rateLimitTotal: 10_000 }];
  for (const limits of cases) {
    // A burst is 1000 bytes; the idle timeout is shorter than what the last of 2500 have to wait for.
    await using watched = serveWatched({ ...limits, idleTimeout: 60 });
    const client = await watched.connect();
    const [, echo] = await Promise.all([client.write(randomBytes(2500)), readExactly(client, 2500)]);
    assertEquals(echo, randomBytes(2500));
    assert(watched.server.stats.pauses > 0);
    client.close();
  }
});

Deno.test("rateLimitTotal: connections share it, each has its turn", async () => {
  await using watched = serveWatched({ rateLimitTotal: 100_000 });
  const clients = await Promise.all(Array.from({ length: 10 }, () => watched.connect()));
  const echoes = await Promise.all(clients.map(async (client) => {
    const [echo] = await Promise.all([readExactly(client, 3000), client.write(randomBytes(3000))]);
    client.close();
    return echo;
  }));
  for (const echo of echoes) assertEquals(echo, randomBytes(3000));
  // 30,000 bytes came where 10,000 may come at once.
  assert(watched.server.stats.pauses > 0);
});

testUnless(notLinux(), "workers: rateLimitTotal is that of all threads together", async () => {
  const rate = 10_000;
  await using server = serve({ workers: 3, rateLimitTotal: rate });
  await server.ready;
  const since = performance.now();
  const clients = await Promise.all(Array.from({ length: 6 }, () => connect(server.addr)));
  await Promise.all(clients.map((client) => Promise.all([client.write(randomBytes(3000)), readExactly(client, 3000)])));
  // A burst of 1000 bytes, and one slice of 1000 each that is waited for afterwards: the rest came at the rate.
  const atOnce = 1000 + clients.length * 1000;
  const most = atOnce + rate * (performance.now() - since) / 1000;
  assert(server.stats.bytesIn <= most, `${server.stats.bytesIn} bytes of at most ${most}`);
  for (const client of clients) client.close();
});

Deno.test("rateLimit: close() and shutdown() do not wait for a pause", async () => {
  for (const end of ["close", "shutdown"] as const) {
    await using watched = serveWatched({ rateLimit: 0.01, service: "echo" });
    const { server } = watched;
    const client = await watched.connect();
    await client.write(randomBytes(2));
    await until(() => server.stats.pauses > 0);
    if (end === "close") server.close();
    else await server.shutdown(0);
    await server.finished;
    assertEquals(watched.summaries.map(({ reason }) => reason), ["shutdown"]);
    client.close();
  }
});

Deno.test("rateLimit: what was received is echoed at the end all the same, by shutdown() and by maxLifetime", async () => {
  for (const maxLifetime of [undefined, 50]) {
    await using watched = serveWatched({ rateLimit: 100, maxLifetime });
    const { server } = watched;
    const client = await watched.connect();
    await client.write(randomBytes(20));
    await until(() => server.stats.bytesIn === 20);
    const ended = maxLifetime === undefined ? server.shutdown(0) : undefined;
    assertEquals(await readAll(client), randomBytes(20));
    client.close();
    if (ended) assertEquals(await ended, { endedByServer: 1, unechoedBytes: 0, lateBytes: 0 });
    await until(() => watched.summaries.length === 1);
    assertEquals(watched.summaries[0].bytesOut, 20);
  }
});

Deno.test("maxBytes: less is no matter", async () => {
  await using watched = serveWatched({ maxBytes: 100 });
  const client = await watched.connect();
  await client.write(randomBytes(99));
  await client.closeWrite();
  assertEquals(await readAll(client), randomBytes(99));
  client.close();
  await until(() => watched.summaries.length === 1);
  assertEquals([watched.summaries[0].reason, watched.server.stats.endedBy.bytes], ["finished", 0]);
});

Deno.test("maxBytes: exactly so many are echoed, then comes FIN and not RST, whatever else was sent", async () => {
  for (const sent of [100, 101, 5000]) {
    await using watched = serveWatched({ maxBytes: 100 });
    const client = await watched.connect();
    await client.write(randomBytes(sent));
    const echo = await readExactly(client, 100);
    assertEquals(await client.read(new Uint8Array(1)), null);
    await client.closeWrite();
    await until(() => watched.summaries.length === 1);
    assertEquals(echo, randomBytes(100));
    const [{ reason, bytesOut }] = watched.summaries;
    assertEquals([reason, bytesOut, watched.server.stats.endedBy.bytes], ["bytes", 100, 1]);
    client.close();
  }
});

Deno.test("maxBytes: of a discard server what it is sent, of a chargen server what it sends", async () => {
  for (const service of ["discard", "chargen"] as ServiceName[]) {
    await using watched = serveWatched({ maxBytes: 100_000, service });
    const client = await watched.connect();
    if (service === "discard") await client.write(new Uint8Array(100_001));
    assertEquals((await readAll(client)).length, service === "discard" ? 0 : 100_000);
    client.close();
    await until(() => watched.summaries.length === 1);
    const [{ reason, bytesIn, bytesOut }] = watched.summaries;
    assertEquals([reason, service === "discard" ? bytesIn : bytesOut], [
      "bytes",
      service === "discard" ? 100_001 : 100_000,
    ]);
  }
});

Deno.test("maxLifetime: a busy connection is ended in order, with every byte that was received echoed", async () => {
  await using watched = serveWatched({ maxLifetime: 50 });
  const client = await watched.connect();
  const echoes = createEchoClient(client);
  await echoes.exchange(["one", "two"]);
  assertEquals(await client.read(new Uint8Array(1)), null);
  client.close();
  await until(() => watched.summaries.length === 1);
  const [{ reason, bytesIn, bytesOut, durationMs }] = watched.summaries;
  assertEquals([reason, bytesIn, bytesOut], ["lifetime", 6, 6]);
  assert(durationMs >= 50);
  assertEquals(watched.server.stats.endedBy, { idle: 0, lifetime: 1, bytes: 0 });
  assertEquals(watched.server.stats.errors, 0);
});

for (const [name, limits] of Object.entries({ maxLifetime: { maxLifetime: 30 }, maxBytes: { maxBytes: 10 } })) {
  Deno.test(`${name}: a peer that neither reads nor closes is cut a second later`, async () => {
    for (const service of ["echo", "chargen", "discard"] as ServiceName[]) {
      await using watched = serveWatched({ ...limits, service });
      using client = await watched.connect();
      // More than the sockets' buffers hold, so that the server owes it the rest.
      const writing = client.write(new Uint8Array(service === "discard" ? 11 : 40_000_000)).catch(() => {});
      await assertEnds(watched, name === "maxBytes" ? "bytes" : "lifetime");
      client.close();
      await writing;
    }
  });
}

Deno.test("idleTimeout is counted as what ended a connection, and told", async () => {
  const logger = new RecordingLogger(false);
  await using watched = serveWatched({ idleTimeout: 20, logger });
  using client = await watched.connect();
  assertEquals(await client.read(new Uint8Array(1)), null);
  await until(() => watched.summaries.length === 1);
  assertEquals(watched.server.stats.endedBy, { idle: 1, lifetime: 0, bytes: 0 });
  assertEquals(
    logger.records.at(-1)?.text,
    "ended 1 connection of late, the last from 127.0.0.1: nothing came or went for the idle timeout",
  );
});
