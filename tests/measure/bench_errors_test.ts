import { assert, assertEquals, assertGreater, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";
import { bench } from "../../lib/measure/bench.ts";
import type { BenchOptions } from "../../lib/measure/bench_options.ts";
import type { BenchErrorKind, BenchResult } from "../../lib/measure/bench_result.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { serverOf } from "../support/delaying_server.ts";

const SIZE = 100;

/** An echo server that does something else with the first echo of each connection. */
function lyingServer(lie: (echo: Uint8Array) => Uint8Array | undefined) {
  return serverOf(async (connection) => {
    const echo = await request(connection);
    const told = echo && lie(echo);
    if (told === undefined) return;
    await connection.write(told);
    while (await connection.read(new Uint8Array(4096)) !== null);
  }, {});
}

async function request(connection: Connection): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(SIZE);
  for (let done = 0; done < SIZE;) {
    const n = await connection.read(bytes.subarray(done));
    if (n === null) return undefined;
    done += n;
  }
  return bytes;
}

/** A short bench of one connection. */
function short(options: BenchOptions): Promise<BenchResult> {
  return bench({ connections: 1, size: SIZE, duration: 150, warmup: 0, timeout: 300, ...options }).result();
}

function flipped(echo: Uint8Array, at: number): Uint8Array {
  return echo.map((byte, i) => i === at ? byte ^ 1 : byte);
}

const LIES: [name: string, lie: (echo: Uint8Array) => Uint8Array | undefined, kind: BenchErrorKind, says: string][] = [
  ["flips a bit", (echo) => flipped(echo, 41), "mismatch", "echo differs at byte 41: "],
  ["flips the last bit", (echo) => flipped(echo, SIZE - 1), "mismatch", `echo differs at byte ${SIZE - 1}: `],
  ["sends more than it got", (echo) => concat(echo, echo), "mismatch", `longer than what was sent: after byte ${SIZE}`],
  ["repeats a part", (echo) => concat(echo.subarray(0, 50), echo.subarray(0, 50)), "mismatch", "at byte 50: "],
  ["exchanges two parts", (echo) => concat(echo.subarray(50), echo.subarray(0, 50)), "mismatch", "at byte 0: "],
  ["closes at once", () => undefined, "short", `with ${SIZE} bytes unechoed`],
  ["says nothing", () => new Uint8Array(), "timeout", "no byte of the echo that was owed within 300ms"],
  ["keeps a part back", (echo) => echo.subarray(0, 60), "timeout", "no byte of the echo that was owed within 300ms"],
];

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

for (const [name, lie, kind, says] of LIES) {
  for (
    const [way, options] of [["one by one", {}], ["pipelined", { pipeline: 2 }], ["churn", { churn: true }]] as const
  ) {
    // Two requests under way: what comes after the first is then owed, and wrong in another place.
    if (way === "pipelined" && name === "sends more than it got") continue;
    Deno.test(`bench: a server that ${name} is caught (${way})`, async () => {
      await using server = lyingServer(lie);
      const { errors, totals } = await short({ ...server.addr, ...options, duration: 500 });
      assert(errors.length > 0, "no error");
      assertEquals(errors[0].kind, kind);
      assertEquals(totals.errors, errors.reduce((total, { count }) => total + count, 0));
      if (way !== "pipelined" || kind !== "short") assertStringIncludes(errors[0].example, says);
    });
  }
}

Deno.test("bench: an echo that went to another connection is caught", async () => {
  const waiting: { connection: Connection; echo: Uint8Array }[] = [];
  await using server = serverOf(async (connection) => {
    const echo = await request(connection);
    if (echo === undefined) return;
    waiting.push({ connection, echo });
    if (waiting.length === 2) {
      await waiting[0].connection.write(waiting[1].echo);
      await waiting[1].connection.write(waiting[0].echo);
    }
    await connection.read(new Uint8Array(1));
  }, {});
  const { errors } = await short({ ...server.addr, connections: 2 });
  assertEquals(errors[0]?.kind, "mismatch");
});

Deno.test("bench: without verify a wrong byte passes, and the count of bytes still holds", async () => {
  await using server = lyingServer((echo) => flipped(echo, 41));
  const { errors } = await short({ ...server.addr, verify: false, duration: 50, timeout: 5000 });
  assertEquals(errors.filter(({ kind }) => kind === "mismatch"), []);
  await using longer = lyingServer((echo) => concat(echo, echo));
  assertEquals((await short({ ...longer.addr, verify: false })).errors[0]?.kind, "mismatch");
});

Deno.test("bench: no server: refused by all, at once, and no measurement", async () => {
  const { addr } = await closedServer();
  const { errors, error, partial, totals, latency } = await short({ ...addr, connections: 5, duration: 60_000 });
  assertEquals(errors.map(({ kind, count }) => [kind, count]), [["refused", 5]]);
  assertEquals([error?.kind, partial, totals.connections, latency.count], ["refused", true, 0, 0]);
});

Deno.test("bench: no server: the same with churn and without a warmup", async () => {
  const { addr } = await closedServer();
  const { error, totals } = await short({ ...addr, connections: 5, duration: 60_000, churn: true, warmup: 0 });
  assertEquals([error?.kind, totals.requests], ["refused", 0]);
});

Deno.test("bench: ended during the warmup: nothing was measured, and it says so", async () => {
  const stop = new AbortController();
  await using server = serverOf(async (connection) => {
    const bytes = await request(connection);
    stop.abort();
    if (bytes) await connection.write(bytes);
  }, {});
  const { error, partial, totals } = await short({ ...server.addr, warmup: 60_000, signal: stop.signal });
  assertEquals([error?.kind, partial, totals.requests, totals.bytesReceived], ["interrupted", true, 0, 0]);
});

Deno.test("bench: a stream to a server that only sends is a timeout, not a failure of ours", async () => {
  await using server = serverOf(async (connection) => {
    for (;;) await connection.write(new Uint8Array(65536));
  }, {});
  const { errors } = await short({ ...server.addr, mode: "stream", direction: "up" });
  assertEquals(errors.map(({ kind, example }) => [kind, example]), [[
    "timeout",
    "the stream did not move within 300ms",
  ]]);
});

/** The address of a server that is no more. */
async function closedServer() {
  const server = serverOf(async () => {}, {});
  await server[Symbol.asyncDispose]();
  return server;
}

for (const workers of [1, 2]) {
  Deno.test(`bench: a server that dies in the middle leaves a partial result (${workers} thread)`, async () => {
    const server = serverOf(async (connection) => {
      for (let bytes = await request(connection); bytes; bytes = await request(connection)) {
        await connection.write(bytes);
      }
    }, {});
    const run = bench({ ...server.addr, connections: 4, size: SIZE, duration: 60_000, warmup: 0, workers });
    for await (const { startMs, requests } of run) {
      // After that it is tried for a second.
      if (startMs > 0) continue;
      assertGreater(requests, 0);
      await server[Symbol.asyncDispose]();
    }
    const { partial, errors, error, totals, elapsedMs } = await run.result();
    assertEquals([partial, error], [true, null]);
    assertGreater(totals.requests, 0);
    assert(errors.some(({ kind }) => kind === "refused"), JSON.stringify(errors));
    assert(elapsedMs < 30_000, `${elapsedMs}`);
  });
}

Deno.test("bench: a signal ends it with what was measured", async () => {
  await using server = serverOf(async (connection) => {
    for (let bytes = await request(connection); bytes; bytes = await request(connection)) await connection.write(bytes);
  }, {});
  const stop = new AbortController();
  const run = bench({ ...server.addr, connections: 2, size: SIZE, duration: 60_000, warmup: 0, signal: stop.signal });
  for await (const _ of run) stop.abort();
  const { partial, errors, series, elapsedMs } = await run.result();
  assertEquals([partial, errors], [true, []]);
  assertGreater(series.length, 1);
  assert(elapsedMs < 30_000, `${elapsedMs}`);
});

Deno.test("bench: bad options are errors at once", () => {
  const cases: [options: Partial<BenchOptions>, message: string][] = [
    [{ connections: 0 }, "bad connections 0: use a whole number from 1"],
    [{ size: 1.5 }, "bad sizeBytes 1.5"],
    [{ duration: 0 }, "bad durationMs 0"],
    [{ warmup: -1 }, "bad warmupMs -1"],
    [{ rate: 0 }, "bad rate 0"],
    [{ mode: "stream", rate: 5 }, "rate is about requests"],
    [{ mode: "stream", churn: true }, "churn is about requests"],
    [{ direction: "up" }, "direction up is about a stream"],
    [{ churn: true, pipeline: 2 }, "pipeline 2 needs connections that last"],
    [{ port: 70_000 }, "70000"],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => bench({ port: 9, ...options }), Error, message);
  }
});

Deno.test("bench: a mistake of the caller's rejects, and ends the iteration with the same error", async () => {
  const wrong = bench({ port: 9, connections: 2, duration: 100, congestion: "nosuch" });
  const error = await assertRejects(() => wrong.result());
  assert(error instanceof SocketOptionError, String(error));
  const thrown = await assertRejects(async () => {
    for await (const _ of wrong);
  });
  assertEquals(thrown, error);
});
