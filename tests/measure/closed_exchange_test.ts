import { assertEquals, assertRejects } from "@std/assert";
import { BytePattern } from "../../lib/core/byte_pattern.ts";
import { closedExchange } from "../../lib/measure/closed_exchange.ts";
import { createHistogram } from "../../lib/measure/histogram.ts";
import { Lane, type LaneShared } from "../../lib/measure/lane.ts";
import type { LoadPlan } from "../../lib/measure/load_plan.ts";
import { Tally } from "../../lib/measure/tally.ts";
import { type Connection, connectionPair, EchoIncompleteError } from "../../mod.ts";
import { readExactly } from "../support/echo_wire.ts";

async function sharedOf(sizeBytes: number): Promise<LaneShared> {
  const [latency, connectTime, interval, spare] = await Promise.all(Array.from({ length: 4 }, () => createHistogram()));
  const histograms = { latency, serviceTime: undefined, delay: undefined, connectTime, tlsTime: undefined };
  const tally = new Tally(histograms, [interval, spare]);
  const plan = { sizeBytes, pipeline: 1, verify: true } as LoadPlan;
  return { plan, tally, pattern: new BytePattern(256 * 1024), stopping: false };
}

for (const size of [64, 4096, 4097, 65_536]) {
  Deno.test(`closedExchange(): ${size} bytes that were taken count as sent, although no echo comes`, async () => {
    const [client, server] = connectionPair();
    const shared = await sharedOf(size);
    const exchange = closedExchange(client, new Lane(0, undefined), shared);
    const unechoed = assertRejects(() => exchange, EchoIncompleteError, `with ${size} bytes unechoed`);
    await readExactly(server, size);
    server.close();
    await unechoed;
    assertEquals([shared.tally.bytesSent, shared.tally.bytesReceived], [size, 0]);
    client.close();
  });
}

Deno.test("closedExchange(): a reset that only the write is told of is a reset, and no bytes count as sent", async () => {
  const [client, server] = connectionPair();
  const told = Promise.withResolvers<void>();
  const half: Connection = Object.assign(client, {
    write: () => told.promise,
    read: () => {
      // Both in one turn, as one system call after the other has found it.
      told.reject(new Deno.errors.ConnectionReset("the peer reset the connection"));
      return Promise.resolve(null);
    },
  });
  const shared = await sharedOf(8192);
  await assertRejects(() => closedExchange(half, new Lane(0, undefined), shared), Deno.errors.ConnectionReset);
  assertEquals(shared.tally.bytesSent, 0);
  for (const end of [client, server]) end.close();
});
