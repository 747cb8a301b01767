import { assertEquals, assertLess } from "@std/assert";
import { createEchoClient, type ServeOptions } from "../../mod.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { serveWatched, type WatchedServer } from "../support/echo_server.ts";
import { readExactly, turns, until } from "../support/echo_wire.ts";

const LIMIT = 1000;

/** Runs a test with a server and a clock that stands still. */
function idleTest(
  name: string,
  options: ServeOptions,
  test: (watched: WatchedServer, time: FakeClock) => Promise<void>,
) {
  Deno.test(name, async () => {
    using time = fakeClock();
    const watched = serveWatched({ idleTimeout: LIMIT, ...options });
    await test(watched, time);
    watched.server.close();
    await watched.server.finished;
    assertEquals(time.timers, 0);
  });
}

idleTest("idleTimeout: a connection without a byte is closed at the border, quietly", {}, async (watched, time) => {
  const { server } = watched;
  const client = await watched.connect();
  await until(() => server.stats.open === 1);
  time.advance(LIMIT - 1);
  await turns();
  assertEquals(server.stats.open, 1);
  time.advance(1);
  await until(() => server.stats.open === 0);
  assertEquals(watched.events, ["open 1", "close 1 idle"]);
  assertEquals(watched.summaries[0].durationMs, LIMIT);
  assertEquals(watched.summaries[0].error, undefined);
  assertEquals(server.stats.errors, 0);
  assertEquals(await client.read(new Uint8Array(1)), null);
  client.close();
});

idleTest("idleTimeout: each echo counts the time anew", {}, async (watched, time) => {
  const { server } = watched;
  const client = createEchoClient(await watched.connect());
  for (let i = 1; i <= 5; i++) {
    await client.exchange(["x"]);
    await until(() => server.stats.bytesOut === i);
    time.advance(LIMIT - 1);
    await turns();
    assertEquals(server.stats.open, 1);
  }
  time.advance(1);
  await until(() => server.stats.open === 0);
  assertEquals(watched.summaries[0].reason, "idle");
  client[Symbol.dispose]();
});

idleTest("idleTimeout: bytes in alone postpone it (discard)", { service: "discard" }, async (watched, time) => {
  const { server } = watched;
  const client = await watched.connect();
  for (let i = 1; i <= 5; i++) {
    await client.write(new Uint8Array(1));
    await until(() => server.stats.bytesIn === i);
    time.advance(LIMIT - 1);
    await turns();
    assertEquals(server.stats.open, 1);
  }
  time.advance(1);
  await until(() => server.stats.open === 0);
  client.close();
});

idleTest("idleTimeout: bytes out alone postpone it (chargen)", { service: "chargen" }, async (watched, time) => {
  const { server } = watched;
  const client = await watched.connect();
  let seen = 0;
  for (let i = 1; i <= 5; i++) {
    await until(() => server.stats.bytesOut > seen);
    seen = await settledBytesOut(watched);
    time.advance(LIMIT - 1);
    await turns();
    assertEquals(server.stats.open, 1);
    // More than all socket buffers can hold: the service must write again.
    await readExactly(client, seen);
  }
  await settledBytesOut(watched);
  time.advance(LIMIT);
  await until(() => server.stats.open === 0);
  assertEquals(watched.summaries[0].reason, "idle");
  client.close();
});

idleTest("idleTimeout: a peer that never reads is idle once nothing moves any more", {}, async (watched, time) => {
  const { server } = watched;
  const client = await watched.connect();
  const payload = new Uint8Array(64 * 1024 * 1024);
  const writing = client.write(payload).catch(() => {});
  await settledBytesOut(watched);
  assertLess(server.stats.bytesIn, payload.length);
  time.advance(LIMIT - 1);
  await turns();
  assertEquals(server.stats.open, 1);
  time.advance(1);
  await until(() => server.stats.open === 0);
  assertEquals(watched.summaries[0].reason, "idle");
  client.close();
  await writing;
});

/** Waits until the server has sent something and then nothing more for 30 turns: the peer's buffers are full. */
async function settledBytesOut({ server }: WatchedServer): Promise<number> {
  await until(() => server.stats.bytesOut > 0);
  for (let bytes = -1; bytes !== server.stats.bytesOut;) {
    bytes = server.stats.bytesOut;
    await turns(30);
  }
  return server.stats.bytesOut;
}

idleTest("idleTimeout: each connection has its own", {}, async (watched, time) => {
  const { server } = watched;
  const early = await watched.connect();
  await until(() => server.stats.open === 1);
  time.advance(LIMIT / 2);
  const late = await watched.connect();
  await until(() => server.stats.open === 2);
  time.advance(LIMIT / 2);
  await until(() => server.stats.open === 1);
  assertEquals(watched.events, ["open 1", "open 2", "close 1 idle"]);
  time.advance(LIMIT / 2);
  await until(() => server.stats.open === 0);
  early.close();
  late.close();
});

Deno.test("idleTimeout: one longer than a timer can be set to does not fire at once", async () => {
  await using watched = serveWatched({ idleTimeout: 2 ** 40 });
  using client = createEchoClient(await watched.connect());
  await client.exchange(["x"]);
  await turns(20);
  assertEquals(watched.server.stats.open, 1);
});

Deno.test("idleTimeout on the real clock: never early, and soon after", async () => {
  await using watched = serveWatched({ idleTimeout: 30 });
  const client = await watched.connect();
  const since = performance.now();
  assertEquals(await client.read(new Uint8Array(1)), null);
  assertLess(performance.now() - since, 5000);
  await until(() => watched.summaries.length === 1);
  assertEquals(watched.summaries[0].durationMs >= 30, true);
  client.close();
});
