import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { bench } from "../../lib/measure/bench.ts";
import type { Logger } from "../../lib/core/logger.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { serverOf } from "../support/delaying_server.ts";

/** Echoes until the client ends; each 64 bytes after a while, on demand. */
async function echo(connection: Connection, delay = 0): Promise<void> {
  const buffer = new Uint8Array(64);
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
    const all = { connections: 1, duration: 50, warmup: 0, timeout: 600, size: 64, ...options };
    const { errors, latency } = await bench({ ...server.addr, ...all }).result();
    assertEquals(errors, []);
    assertGreater(latency.minMs ?? 0, 600);
  }
});

Deno.test("bench: a server that is back within a second goes on being measured", async () => {
  const first = serverOf(echo, {});
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
  await using _second = serverOf(echo, {}, first.addr.port);
  const { partial, errors, series, totals } = await run.result();
  assertEquals(partial, false);
  assert(errors.some(({ kind }) => kind === "refused"), JSON.stringify(errors));
  assertGreater(series.at(-1)!.requests, 0);
  assertEquals(totals.connections, 8);
});

Deno.test("bench: two Workers: every sample of both is in the distributions, and every second in the series", async () => {
  await using server = serverOf(echo, {});
  const options = { connections: 4, workers: 2, rate: 400, duration: 1500, warmup: 100 };
  const { latency, serviceTime, schedule, totals, series, errors } = await bench({ ...server.addr, ...options })
    .result();
  assertEquals([errors, totals.connections, totals.requests], [[], 4, 600]);
  assertEquals([latency.count, serviceTime?.count, schedule?.due, schedule?.delay.count], [600, 600, 600, 600]);
  assertEquals(series.reduce((total, { requests }) => total + requests, 0), 600);
  assertEquals(series.length, 2);
});
