import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { type Connection, connectionPair } from "../../mod.ts";
import { RateLimit } from "../../lib/core/rate_limit.ts";
import { type ConnectionLimits, limitConnection } from "../../lib/echo/limited_connection.ts";
import { randomBytes } from "../support/bytes.ts";
import { readAll, readExactly } from "../support/echo_wire.ts";
import { fakeClock, microtasks } from "../support/fake_clock.ts";

interface Asked {
  perSecond?: number;
  maxBytes?: number;
  events?: string[];
}

/** The server's end, limited, and the client's. */
function limitedPair({ perSecond, maxBytes = Infinity, events = [] }: Asked): [Connection, Connection] {
  const [client, server] = connectionPair({ forth: { bufferSize: 1e6 }, back: { bufferSize: 1e6 } });
  const burst = Math.max(1, (perSecond ?? 0) / 10);
  const direction = () =>
    perSecond === undefined
      ? { rates: [], slice: Infinity }
      : { rates: [new RateLimit({ perSecond, burst })], slice: Math.floor(burst) };
  const limits: ConnectionLimits = {
    received: direction(),
    sent: direction(),
    maxBytes,
    now: () => performance.now(),
    onPause: () => events.push("pause"),
    onResume: () => events.push("resume"),
    onMaxBytes: ({ length }) => events.push(`max bytes, ${length} written`),
  };
  return [client, limitConnection(server, limits)];
}

Deno.test("limitConnection: in no span of time more comes through than the burst and the rate allow, and all comes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 10, max: 100_000 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom("read", "write"),
      async (perSecond, size, way) => {
        using clock = fakeClock();
        const since = clock.now;
        const [client, limited] = limitedPair({ perSecond });
        const sent = randomBytes(size);
        const from = way === "read" ? client : limited;
        const to = way === "read" ? limited : client;
        const written = from.write(sent);
        const got: number[] = [];
        const reading = (async () => {
          for (const buffer = new Uint8Array(size); got.length < size;) {
            const n = await to.read(buffer);
            assert(n !== null);
            got.push(...buffer.subarray(0, n));
          }
        })();
        // What was read is handed over before it is waited for: a slice more, in that direction.
        const burst = Math.max(1, perSecond / 10) * (way === "read" ? 2 : 1);
        for (let step = 0; got.length < size; step++) {
          assert(step < 100_000, "it never came");
          await microtasks();
          const most = burst + perSecond * (clock.now - since) / 1000;
          assert(got.length <= most + 1e-6, `${got.length} bytes of at most ${most}`);
          clock.advance(7);
        }
        await Promise.all([written, reading]);
        assertEquals(new Uint8Array(got), sent);
        client.close();
        limited.close();
        assertEquals(clock.timers, 0);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("limitConnection: exactly maxBytes are read, then comes the end; what follows can be read for its FIN", async () => {
  const events: string[] = [];
  const [client, limited] = limitedPair({ maxBytes: 10, events });
  await client.write(randomBytes(10));
  assertEquals(await readExactly(limited, 10), randomBytes(10));
  assertEquals(events, []);
  await client.write(new Uint8Array(5));
  assertEquals(await limited.read(new Uint8Array(99)), null);
  assertEquals(events, ["max bytes, 0 written"]);
  assertEquals(await limited.read(new Uint8Array(99)), 5);
  await client.closeWrite();
  assertEquals(await limited.read(new Uint8Array(99)), null);
  assertEquals(events.length, 1);
});

Deno.test("limitConnection: exactly maxBytes are written, the next one is a BrokenPipe, and a part is told", async () => {
  for (const [sizes, told] of [[[4, 6, 1], 0], [[4, 9], 6], [[11], 10]] as const) {
    const events: string[] = [];
    const [client, limited] = limitedPair({ maxBytes: 10, events });
    for (const size of sizes.slice(0, -1)) await limited.write(randomBytes(size));
    assertEquals(events, []);
    await assertRejects(() => limited.write(randomBytes(sizes.at(-1)!)), Deno.errors.BrokenPipe);
    assertEquals(events, [`max bytes, ${told} written`]);
    limited.close();
    assertEquals((await readAll(client)).length, 10);
  }
});

Deno.test("limitConnection: closing ends a pause at once, and leaves no timer", async () => {
  using clock = fakeClock();
  for (const end of ["close", "abort"] as const) {
    const events: string[] = [];
    const [client, limited] = limitedPair({ perSecond: 10, events });
    await client.write(randomBytes(3));
    for (let i = 0; i < 2; i++) assertEquals(await limited.read(new Uint8Array(9)), 1);
    const reading = limited.read(new Uint8Array(9));
    const writing = limited.write(randomBytes(2));
    await microtasks();
    assertEquals([events, clock.timers], [["pause"], 2]);
    limited[end]();
    await assertRejects(() => reading, Deno.errors.Interrupted);
    await assertRejects(() => writing, Deno.errors.Interrupted);
    assertEquals([events, clock.timers], [["pause"], 0]);
  }
});

Deno.test("limitConnection: a read and a write that wait at once are one pause, until both go on", async () => {
  using clock = fakeClock();
  const events: string[] = [];
  const [client, limited] = limitedPair({ perSecond: 10, events });
  await client.write(randomBytes(3));
  for (let i = 0; i < 2; i++) await limited.read(new Uint8Array(1));
  const reading = limited.read(new Uint8Array(1));
  await microtasks();
  clock.advance(50);
  const writing = limited.write(randomBytes(2));
  await microtasks();
  clock.advance(50);
  assertEquals([await reading, events], [1, ["pause"]]);
  clock.advance(50);
  await writing;
  assertEquals(events, ["pause", "resume"]);
});
