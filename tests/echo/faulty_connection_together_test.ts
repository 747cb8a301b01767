import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { Fault } from "../../lib/echo/fault.ts";
import { FaultInjected } from "../../lib/echo/fault_injected.ts";
import { bandwidth, delay, limit, refuse, reset, slice, stall, truncate } from "../../lib/echo/faults.ts";
import { formatFault } from "../../lib/echo/parse_fault.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { randomBytes } from "../support/bytes.ts";
import { outcome } from "../support/contract_connection.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { advanceUntil, turn } from "../support/fault_recorder.ts";
import { faulty, serveFaulty, talk } from "../support/fault_serving.ts";

const bytes = randomBytes(20_000);

Deno.test("faults of several kinds: the server's come first, then the path's, in whatever order they were given", async () => {
  const faults = [limit({ afterBytes: 6 }), delay({ ms: 50 }), slice({ bytes: 4, gapMs: 5 })];
  for (const given of [faults, faults.toReversed()]) {
    using clock = fakeClock();
    const [client, accepted] = connectionPair();
    const { ended } = serveFaulty("echo", accepted, ...given);
    const since = clock.now;
    const came: [number, number | null][] = [];
    const reading = (async () => {
      await client.write(bytes.subarray(0, 10));
      for (let n: number | null = 0; n !== null;) {
        n = await client.read(new Uint8Array(10));
        came.push([clock.now - since, n]);
      }
      await client.closeWrite();
    })();
    await advanceUntil(clock, reading);
    assertEquals(came, [[50, 4], [55, 2], [55, null]], "FIN, too, comes late");
    assertInstanceOf(await advanceUntil(clock, ended), FaultInjected);
    client.close();
  }
});

Deno.test("faults of several kinds: the first offset that is reached counts", async () => {
  const table: [faults: Fault[], size: number, end: string][] = [
    [[limit({ afterBytes: 5 }), reset({ afterBytes: 10 })], 5, "FIN"],
    [[limit({ afterBytes: 10 }), reset({ afterBytes: 5 })], 5, "ConnectionReset"],
    [[truncate({ afterBytes: 3 }), reset({ afterBytes: 10 })], 3, "ConnectionReset"],
    [[truncate({ afterBytes: 3 }), limit({ afterBytes: 10 })], 3, "FIN"],
    [[truncate({ afterBytes: 10 }), truncate({ afterBytes: 3 })], 3, "FIN"],
    [[stall({ ms: 1, afterBytes: 3 }), reset({ afterBytes: 3 })], 3, "ConnectionReset"],
  ];
  for (const [faults, size, end] of table) {
    for (const given of [faults, faults.toReversed()]) {
      const [client, accepted] = connectionPair();
      const { ended } = serveFaulty("echo", accepted, ...given);
      const { got, end: how } = await talk(client, bytes);
      assertEquals([got.length, how], [size, end], given.map(formatFault).join(" "));
      await ended;
    }
  }
});

/** Faults that hold something back, each with what makes them do it. */
const HOLDING: Fault[] = [
  delay({ ms: 1000 }),
  bandwidth({ bytesPerSecond: 1 }),
  slice({ bytes: 1, gapMs: 1000 }),
  stall({ afterBytes: 1 }),
  stall({ ms: 5000, afterBytes: 1 }),
  limit({ afterBytes: 1 }),
];

for (const how of ["close", "abort"] as const) {
  Deno.test(`faults: ${how}() settles all that waits, and leaves no timer`, async () => {
    for (const fault of HOLDING) {
      using clock = fakeClock();
      const [client, accepted] = connectionPair();
      const server = faulty(accepted, [fault]);
      const writing = outcome((async () => {
        while (true) await server.write(new Uint8Array(1000));
      })());
      const closing = outcome(server.closeWrite());
      const reading = outcome(server.read(new Uint8Array(10)));
      await turn();
      server[how]();
      const told = await Promise.all([writing, closing, reading]);
      const broken = fault.kind === "delay" ? "BrokenPipe" : "Interrupted"; // it takes a write at once
      assertEquals(told, [broken, "Interrupted", "Interrupted"], formatFault(fault));
      assertEquals(clock.timers, 0, formatFault(fault));
      assertEquals(await outcome(server.write(new Uint8Array(1))), "BadResource");
      assertEquals(await outcome(server.closeWrite()), "BadResource");
      client.close();
    }
  });
}

Deno.test("faults: a peer that resets while something is held back is told of as such", async () => {
  for (const fault of [delay({ ms: 1000 }), slice({ bytes: 1, gapMs: 1000 }), bandwidth({ bytesPerSecond: 1 })]) {
    using clock = fakeClock();
    const [client, accepted] = connectionPair();
    const { ended } = serveFaulty("echo", accepted, fault);
    await client.write(new Uint8Array(100));
    await turn();
    client.abort();
    assertInstanceOf(await advanceUntil(clock, ended), Deno.errors.ConnectionReset, formatFault(fault));
    assertEquals(clock.timers, 0);
  }
});

Deno.test("faults: after a strike everything fails with FaultInjected, until the user closes too", async () => {
  const [client, accepted] = connectionPair();
  const server = faulty(accepted, [refuse()]);
  for (let i = 0; i < 2; i++) {
    await assertRejects(() => server.read(new Uint8Array(1)), FaultInjected, "fault injected: refuse");
    await assertRejects(() => server.write(new Uint8Array(1)), FaultInjected);
    await assertRejects(() => server.closeWrite(), FaultInjected);
  }
  server.close();
  await assertRejects(() => server.read(new Uint8Array(1)), Deno.errors.BadResource);
  client.close();
});
