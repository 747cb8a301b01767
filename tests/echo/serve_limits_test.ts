import { assert, assertEquals } from "@std/assert";
import { createEchoClient } from "../../mod.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { serveWatched, type WatchedServer } from "../support/echo_server.ts";
import { readAll, until } from "../support/echo_wire.ts";
import { statsOf } from "../support/server_stats.ts";

/** Connects and returns how many bytes came before the FIN (or RST) of a server that refuses. */
async function visitRefused(watched: WatchedServer): Promise<number> {
  const client = await watched.connect();
  const { length } = await readAll(client);
  client.close();
  return length;
}

Deno.test("maxConnections: n are served; the next is accepted, closed at once and counted", async () => {
  await using watched = serveWatched({ maxConnections: 3 });
  const { server } = watched;
  const clients = [];
  for (let i = 1; i <= 3; i++) {
    const client = createEchoClient(await watched.connect());
    await client.exchange([`client ${i}`]);
    clients.push(client);
  }
  assertEquals({ ...server.stats, bytesIn: 0, bytesOut: 0 }, statsOf({ open: 3, total: 3 }));
  assertEquals(await visitRefused(watched), 0);
  assertEquals(await visitRefused(watched), 0);
  assertEquals([server.stats.open, server.stats.total, server.stats.refused], [3, 3, 2]);
  assertEquals(server.stats.errors, 0);
  assertEquals(watched.events, ["open 1", "open 2", "open 3"]);
  for (const client of clients) await client.exchange(["still served"]);
  for (const client of clients) client[Symbol.dispose]();
});

Deno.test("maxConnections: a place that became free is used again", async () => {
  await using watched = serveWatched({ maxConnections: 1 });
  const { server } = watched;
  for (let round = 1; round <= 5; round++) {
    const client = createEchoClient(await watched.connect());
    await client.exchange(["x"]);
    assertEquals(await visitRefused(watched), 0);
    await client.close();
    await until(() => server.stats.open === 0);
    assertEquals([server.stats.total, server.stats.refused], [round, round]);
  }
});

Deno.test("maxConnections: refusals are logged once at first, then at a bounded rate", async () => {
  const logger = new RecordingLogger(false);
  const since = performance.now();
  await using watched = serveWatched({ maxConnections: 1, logger });
  using client = createEchoClient(await watched.connect());
  await client.exchange(["x"]);
  await Promise.all(Array.from({ length: 100 }, () => visitRefused(watched)));
  const elapsed = performance.now() - since;
  assertEquals(watched.server.stats.refused, 100);
  const [first, ...later] = logger.records.filter(({ level }) => level === "warn");
  assertEquals(
    first.text,
    "refused 1 connection of late, the last from 127.0.0.1: 1 open at once are the most allowed",
  );
  assertEquals(first.fields, { event: "refused", reason: "maxConnections", count: 1, peer: "127.0.0.1" });
  // At most one line a second, on a machine of any speed.
  assert(later.length <= elapsed / 1000, `${later.length} more lines in ${elapsed} ms`);
});

Deno.test("maxConnections: a crowd at once gets exactly as many places as there are", async () => {
  await using watched = serveWatched({ maxConnections: 10 });
  const { server } = watched;
  const clients = await Promise.all(Array.from({ length: 50 }, () => watched.connect()));
  await until(() => server.stats.total + server.stats.refused === 50);
  assertEquals([server.stats.open, server.stats.total, server.stats.refused], [10, 10, 40]);
  for (const client of clients) client.close();
});
