import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { bench } from "../../lib/measure/bench.ts";
import type { Logger } from "../../lib/core/logger.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { delayingServer, serverOf } from "../support/delaying_server.ts";

/** Echoes until the client ends; on demand 64 bytes at a time, each after a while. */
async function echo(connection: Connection, delay = 0): Promise<void> {
  const buffer = new Uint8Array(delay > 0 ? 64 : 65_536);
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    await connection.write(buffer.subarray(0, n));
  }
}

Deno.test("bench: an echo that never comes is a failure, and the wait for it no time of the load", async () => {
  // The first connection's first request is swallowed.
  await using server = serverOf(async (connection, number) => {
    if (number === 0) { while (await connection.read(new Uint8Array(4096)) !== null); }
    else await echo(connection);
  }, {});
  const options = { connections: 2, duration: 300, warmup: 0, timeout: 1500 };
  const { elapsedMs, errors, series, partial } = await bench({ ...server.addr, ...options }).result();
  assertEquals(errors.map(({ kind, count }) => [kind, count]), [["timeout", 1]]);
  assertEquals(partial, false);
  assertLess(elapsedMs, 1500);
  assertEquals(series.at(-1)!.startMs + series.at(-1)!.lengthMs, elapsedMs);
});

Deno.test("bench: echoes that take too long after the end are counted as failures, and not passed over", async () => {
  const served = Promise.withResolvers<void>();
  await using server = serverOf(async (connection) => {
    try {
      await echo(connection, 60);
    } finally {
      served.resolve();
    }
  }, {});
  const options = { connections: 1, pipeline: 100, duration: 60, warmup: 0, timeout: 400 };
  const { errors, totals } = await bench({ ...server.addr, ...options }).result();
  assertEquals(errors, [{ kind: "timeout", count: 1, example: "echoes were still owed 1.4s after the end" }]);
  assertLess(totals.requests, 100);
  await served.promise;
});

Deno.test("bench: the timeout is between bytes, not for a whole echo", async () => {
  await using server = serverOf(async (connection) => {
    const request = new Uint8Array(64);
    for (let n = await connection.read(request); n === 64; n = await connection.read(request)) {
      for (let at = 0; at < 64; at += 8) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        await connection.write(request.subarray(at, at + 8));
      }
    }
  }, {});
  for (const options of [{}, { pipeline: 2 }, { churn: true }]) {
    const all = { connections: 1, duration: 50, warmup: 0, timeout: 780, size: 64, ...options };
    const { errors, latency } = await bench({ ...server.addr, ...all }).result();
    assertEquals(errors, []);
    assertGreater(latency.minMs ?? 0, 600);
  }
});

Deno.test("bench: a server that is back within a second goes on being measured", async () => {
  const first = serverOf((connection) => echo(connection), {});
  const refused = Promise.withResolvers<void>();
  let refusals = 0;
  const none = () => {};
  const logger: Logger = {
    debug: (message) => {
      if (String(typeof message === "function" ? message() : message).includes("refused") && ++refusals === 4) {
        refused.resolve();
      }
    },
    info: none,
    warn: none,
    error: none,
  };
  const run = bench({ ...first.addr, connections: 4, duration: 3500, warmup: 0, logger });
  const seconds = run[Symbol.asyncIterator]();
  await seconds.next();
  await first[Symbol.asyncDispose]();
  await refused.promise;
  await using _second = serverOf((connection) => echo(connection), {}, first.addr.port);
  const { partial, errors, series, totals } = await run.result();
  assertEquals(partial, false);
  assert(errors.some(({ kind }) => kind === "refused"), JSON.stringify(errors));
  assertGreater(series.at(-1)!.requests, 0);
  assertEquals(totals.connections, 8);
});

Deno.test("bench: two Workers: every sample of both is in the distributions, and every second in the series", async () => {
  await using server = serverOf((connection) => echo(connection), {});
  const options = { connections: 4, workers: 2, rate: 400, duration: 1500, warmup: 100 };
  const { latency, serviceTime, schedule, totals, series, errors } = await bench({ ...server.addr, ...options })
    .result();
  assertEquals([errors, totals.connections, totals.requests], [[], 4, 600]);
  assertEquals([latency.count, serviceTime?.count, schedule?.due, schedule?.delay.count], [600, 600, 600, 600]);
  assertEquals(series.reduce((total, { requests }) => total + requests, 0), 600);
  assertEquals(series.length, 2);
});

for (const size of [4097, 300_000, 2 ** 21]) {
  Deno.test(`bench: requests of ${size} bytes, that one write or the buffers of the system may not hold`, async () => {
    await using server = serverOf((connection) => echo(connection), {});
    for (const options of [{}, { pipeline: 3 }, { churn: true }, { rate: 20 }]) {
      const all = { connections: 2, duration: 200, warmup: 0, size, ...options };
      const { errors, totals, latency } = await bench({ ...server.addr, ...all }).result();
      assertEquals([errors, latency.count], [[], totals.requests]);
      assertGreater(totals.requests, 0);
      assertEquals([totals.bytesSent, totals.bytesReceived], [totals.requests * size, totals.requests * size]);
    }
  });
}

Deno.test("bench: an open loop of churn counts latency from the schedule too", async () => {
  await using server = delayingServer({ size: 64, delayOf: () => 50 });
  const options = { connections: 1, churn: true, rate: 100, duration: 400, warmup: 0 };
  const { latency, serviceTime, schedule, errors } = await bench({ ...server.addr, ...options }).result();
  // One every 10 ms is due, and each takes 50: the last to be sent waited for most of the time.
  assertEquals([errors, schedule?.due, schedule?.behind], [[], 40, true]);
  assertEquals(latency.count, serviceTime?.count);
  assertGreater(latency.maxMs!, serviceTime!.maxMs! + 100);
});
