import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { delay, earlyFin, limit, type ServeOptions, truncate } from "../../mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { serveWatched, type WatchedServer } from "../support/echo_server.ts";
import { readAll, readExactly, turns, until } from "../support/echo_wire.ts";

const BYTES = randomBytes(50);

for (const service of ["echo", "chargen"] as const) {
  for (const fault of [truncate({ afterBytes: 10 }), earlyFin({ afterBytes: 10 })]) {
    Deno.test(`${fault.kind} with ${service}: what counts as sent is what went out, at any time`, async () => {
      const seen: number[] = [];
      await using watched = serveWatched({ service, faults: [fault] });
      const { server, summaries } = watched;
      const look = async () => {
        const [{ bytesOut }] = await server.connections();
        seen.push(server.stats.bytesOut);
        return [server.stats.bytesOut, bytesOut];
      };
      using client = await watched.connect();
      await client.write(BYTES);
      await readExactly(client, 10);
      await until(() => server.stats.bytesIn === BYTES.length);
      assertEquals(await look(), [10, 10]);
      for (let i = 0; i < 10; i++) {
        await turns();
        assertEquals(await look(), [10, 10]);
      }
      await client.closeWrite();
      assertEquals((await readAll(client)).length, 0);
      await until(() => summaries.length === 1);
      seen.push(server.stats.bytesOut);
      assertEquals(seen, seen.toSorted((a, b) => a - b), "a count never falls");
      assertEquals([server.stats.bytesOut, summaries[0].bytesOut, summaries[0].reason], [10, 10, "finished"]);
    });
  }
}

Deno.test("delay: what it holds back is not sent yet, and what it dropped never was", async () => {
  await using watched = serveWatched({ faults: [delay({ ms: 60_000 })] });
  const { server, summaries } = watched;
  using client = await watched.connect();
  await client.write(BYTES);
  await until(() => server.stats.bytesIn === BYTES.length);
  await turns();
  assertEquals([server.stats.bytesOut, (await server.connections())[0].bytesOut], [0, 0]);
  server.close();
  await server.finished;
  assertEquals([server.stats.bytesOut, summaries[0].bytesOut], [0, 0]);
});

/** What ends a chargen whose bytes a fault drops, and whose peer stays: the reason it is to end for. */
const ENDINGS: { reason: string; options?: ServeOptions; end?: (watched: WatchedServer) => Promise<unknown> }[] = [
  { reason: "idle", options: { idleTimeout: 50 } },
  { reason: "lifetime", options: { maxLifetime: 50 } },
  { reason: "bytes", options: { maxBytes: 200_000 } },
  { reason: "shutdown", end: ({ server }) => server.shutdown(0) },
  { reason: "shutdown", end: ({ server }) => (server.close(), server.finished) },
];

for (const fault of [truncate({ afterBytes: 10 }), earlyFin({ afterBytes: 10 })]) {
  Deno.test(`${fault.kind} with chargen: ends by the limits and the server's end, though its peer stays`, async () => {
    await Promise.all(ENDINGS.map(async ({ reason, options, end }) => {
      await using watched = serveWatched({ service: "chargen", faults: [fault], ...options });
      using client = await watched.connect();
      await readExactly(client, 10);
      await end?.(watched);
      await until(() => watched.summaries.length === 1, reason);
      assertEquals([watched.summaries[0].reason, watched.summaries[0].bytesOut], [reason, 10]);
    }));
  });
}

/** Longer than the second that a peer has to answer our FIN. */
const LONG = delay({ ms: 1200 });

Deno.test("a delay of more than a second: neither a limit nor a shutdown drops what is on its way", async () => {
  const endings: { options: ServeOptions; end?: (watched: WatchedServer) => Promise<unknown>; length: number }[] = [
    { options: { maxBytes: 10 }, length: 10 },
    { options: {}, end: ({ server }) => server.shutdown(0), length: BYTES.length },
    { options: { maxLifetime: 20 }, length: BYTES.length },
    { options: { faults: [LONG, limit({ afterBytes: 10 })] }, length: 10 },
  ];
  await Promise.all(endings.map(async ({ options, end, length }) => {
    await using watched = serveWatched({ faults: [LONG], ...options });
    using client = await watched.connect();
    await client.write(BYTES);
    await until(() => watched.server.stats.bytesIn >= length);
    const ending = end?.(watched);
    assertEquals(await readAll(client), BYTES.slice(0, length));
    await client.closeWrite();
    await ending;
    await until(() => watched.summaries.length === 1);
    assertGreaterOrEqual(watched.summaries[0].bytesOut, length);
  }));
});
