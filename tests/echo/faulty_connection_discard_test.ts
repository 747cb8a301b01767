import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { Fault } from "../../lib/echo/fault.ts";
import { bandwidth, earlyFin, limit, refuse, reset, stall } from "../../lib/echo/faults.ts";
import { formatFault } from "../../lib/echo/parse_fault.ts";
import { services } from "../../lib/echo/service.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { outcome } from "../support/contract_connection.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { advanceUntil, turn } from "../support/fault_recorder.ts";
import { faulty, serveFaulty, talk } from "../support/fault_serving.ts";

/** Over discard: what a server reads before its fault strikes. */
async function discarded(fault: Fault, size: number) {
  const [client, accepted] = connectionPair();
  const server = faulty(accepted, [fault], "received");
  let read = 0;
  const meter = { received: (bytes: Uint8Array) => void (read += bytes.length), sent: () => {} };
  const ended = services.discard(server, meter).then(() => "finished", (error) => error.name);
  const talking = talk(client, new Uint8Array(size));
  return { ended: await ended, read, end: (await talking).end };
}

Deno.test("faults with discard count what is received", async () => {
  const table: [fault: Fault, result: { ended: string; read: number; end: string }][] = [
    [limit({ afterBytes: 700 }), { ended: "FaultInjected", read: 700, end: "FIN" }],
    [reset({ afterBytes: 700 }), { ended: "FaultInjected", read: 700, end: "ConnectionReset" }],
    [reset(), { ended: "FaultInjected", read: 0, end: "ConnectionReset" }],
    [refuse(), { ended: "FaultInjected", read: 0, end: "ConnectionReset" }],
    [earlyFin({ afterBytes: 700 }), { ended: "finished", read: 20_000, end: "FIN" }],
    [stall({ ms: 1, afterBytes: 700 }), { ended: "finished", read: 20_000, end: "FIN" }],
    [bandwidth({ bytesPerSecond: 1e6 }), { ended: "finished", read: 20_000, end: "FIN" }],
    [reset({ afterBytes: 30_000 }), { ended: "finished", read: 20_000, end: "FIN" }],
  ];
  for (const [fault, result] of table) assertEquals(await discarded(fault, 20_000), result, formatFault(fault));
});

Deno.test("bandwidth with discard: reads no faster than the rate", async () => {
  using clock = fakeClock();
  const [client, accepted] = connectionPair();
  const server = faulty(accepted, [bandwidth({ bytesPerSecond: 1000 })], "received");
  const since = clock.now;
  await client.write(new Uint8Array(2050));
  await client.closeWrite();
  await advanceUntil(clock, services.discard(server));
  // 50 bytes at once, and 2000 in 2 seconds; each wait may end up to a step of the clock late.
  assert(clock.now - since >= 1999 && clock.now - since <= 2001, `${clock.now - since} ms`);
  server.close();
  client.close();
});

Deno.test("stall with discard: reads no more, so that the peer's writes wait", async () => {
  using clock = fakeClock();
  const [client, accepted] = connectionPair();
  const { server, ended } = serveFaulty("discard", accepted, stall({ afterBytes: 100 }));
  const writing = outcome(client.write(new Uint8Array(200_000)));
  await turn();
  clock.advance(500);
  assertEquals(await Promise.race([writing, turn().then(() => "waits")]), "waits");
  server.close();
  assertInstanceOf(await ended, Deno.errors.Interrupted);
  await writing;
  assertEquals(clock.timers, 0);
  client.close();
});
