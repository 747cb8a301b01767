import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import {
  connect,
  connectEcho,
  ConnectError,
  type EchoClient,
  type EchoServer,
  serve,
  type ServedConnectionSummary,
  type ServeOptions,
} from "../../mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { connectResettable, readAll, until } from "../support/echo_wire.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import { watchWorkers } from "../support/serve_workers.ts";
import { statsOf } from "../support/server_stats.ts";

const missing = notLinux();
const MIB = 1024 * 1024;
/** Long enough that a test that waits for it to pass has failed. */
const AMPLE = 60_000;
/** With so many no thread of a few goes without, but for once in a million runs. */
const MANY = 64;

/** Serves in threads, and is ready; keeps what `onClose` was given. */
async function serveReady(
  options: ServeOptions,
): Promise<{ server: EchoServer; summaries: ServedConnectionSummary[] }> {
  const summaries: ServedConnectionSummary[] = [];
  const server = serve({ ...options, onClose: (summary) => void summaries.push(summary) });
  await server.ready;
  return { server, summaries };
}

function connectMany(server: EchoServer, count = MANY): Promise<EchoClient[]> {
  return Promise.all(Array.from({ length: count }, () => connectEcho(server.addr)));
}

testUnless(
  missing,
  "workers: every thread serves, the stats are exact, and serial numbers are given once",
  async () => {
    using workers = watchWorkers();
    const { server, summaries } = await serveReady({ workers: 4 });
    const clients = await connectMany(server);
    await Promise.all(clients.map((client, i) => client.exchange([randomBytes(1000 + i)])));
    const bytes = clients.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    await until(() => server.stats.bytesOut === bytes);
    const stats = statsOf({ open: MANY, total: MANY, bytesIn: bytes, bytesOut: bytes });
    assertEquals(server.stats, stats);
    await Promise.all(clients.map((client) => client.close()));
    await until(() => summaries.length === MANY);
    assertEquals(server.stats, { ...stats, open: 0 });
    const ids = summaries.map(({ id }) => id).sort((a, b) => a - b);
    assertEquals(ids, Array.from({ length: MANY }, (_, i) => i + 1));
    assertEquals(summaries.reduce((sum, { bytesIn }) => sum + bytesIn, 0), bytes);
    assertEquals(new Set(summaries.map(({ remoteAddr }) => remoteAddr.port)).size, MANY);
    // The rest were served by this thread.
    const shares = [...workers.closed, MANY - workers.closed.reduce((sum, count) => sum + count, 0)];
    assertEquals(shares.length, 4);
    for (const share of shares) assert(share > 0, String(shares));
    await server[Symbol.asyncDispose]();
  },
);

testUnless(missing, "workers: maxConnections is that of all threads together", async () => {
  const { server } = await serveReady({ workers: 3, maxConnections: 10 });
  const clients = await Promise.all(Array.from({ length: MANY }, () => connect(server.addr)));
  await until(() => server.stats.total + server.stats.refused === MANY);
  assertEquals([server.stats.open, server.stats.total, server.stats.refused], [10, 10, MANY - 10]);
  for (const client of clients) client.close();
  await until(() => server.stats.open === 0);
  using again = await connectEcho(server.addr);
  await again.exchange(["a place is free"]);
  await server[Symbol.asyncDispose]();
});

testUnless(missing, "workers: shutdown() under load loses no byte, on any thread", async () => {
  const { server, summaries } = await serveReady({ workers: 3 });
  const count = 24;
  const half = Promise.withResolvers<void>();
  let begun = 0;
  const transfer = async (seed: number) => {
    using client = await connect(server.addr);
    const sent = randomBytes(2 * MIB, seed + 1);
    const receiving = readAll(client);
    await client.write(sent.subarray(0, MIB));
    if (++begun === count) half.resolve();
    await half.promise;
    await client.write(sent.subarray(MIB));
    await client.closeWrite();
    assertSameBytes(await receiving, sent, `connection ${seed}`);
  };
  const transfers = Promise.all(Array.from({ length: count }, (_, seed) => transfer(seed)));
  await half.promise;
  const report = await server.shutdown(AMPLE);
  await transfers;
  assertEquals(report, { endedByServer: 0, unechoedBytes: 0, lateBytes: 0 });
  const bytes = count * 2 * MIB;
  assertEquals(server.stats, statsOf({ total: count, bytesIn: bytes, bytesOut: bytes }));
  assertEquals(summaries.map(({ reason }) => reason), Array.from({ length: count }, () => "finished"));
});

testUnless(missing, "workers: shutdown() serves those who wait in the accept queue of any thread", async () => {
  const { server } = await serveReady({ workers: 3 });
  // All in one turn: those of this thread are not accepted when shutdown() begins.
  const connecting = Array.from({ length: MANY }, () => connectEcho(server.addr));
  const shutdown = server.shutdown(AMPLE);
  const clients = await Promise.all(connecting);
  for (const client of clients) await client.exchange(["served"]);
  await Promise.all(clients.map((client) => client.close()));
  assertEquals((await shutdown).unechoedBytes, 0);
  assertEquals(server.stats.total, MANY);
});

testUnless(missing, "workers: the reports of all threads are added up, and idle connections get FIN", async () => {
  const { server, summaries } = await serveReady({ workers: 3 });
  const clients = await connectMany(server);
  await until(() => server.stats.open === MANY);
  const shutdown = server.shutdown(20);
  for (const client of clients) {
    assertEquals(await client.connection.read(new Uint8Array(1)), null);
    await client.connection.write(new Uint8Array(3));
    client.connection.close();
  }
  assertEquals(await shutdown, { endedByServer: MANY, unechoedBytes: 0, lateBytes: 3 * MANY });
  assertEquals(summaries.length, MANY);
});

testUnless(
  missing,
  "workers: close() ends every connection of every thread at once, also during shutdown()",
  async () => {
    for (const during of [false, true]) {
      const { server, summaries } = await serveReady({ workers: 3 });
      const clients = await connectMany(server);
      await until(() => server.stats.open === MANY);
      const shutdown = during ? server.shutdown(AMPLE) : undefined;
      server.close();
      await server.finished;
      await shutdown;
      assertEquals(summaries.map(({ reason }) => reason), Array.from({ length: MANY }, () => "shutdown"));
      assertEquals(server.stats, statsOf({ total: MANY }));
      const error = await assertRejects(() => connect(server.addr), ConnectError);
      assertEquals(error.kind, "refused");
      for (const client of clients) client.connection.close();
    }
  },
);

testUnless(missing, "workers: a server may be closed, or shut down, before it is ready", async () => {
  for (const end of ["close", "shutdown"] as const) {
    const server = serve({ workers: 3 });
    server[end]();
    await Promise.all([server.finished, server.ready]);
    assertEquals([server.failure, server.stats.open], [undefined, 0]);
    await assertRejects(() => connect(server.addr), ConnectError);
  }
});

testUnless(missing, "workers: idleTimeout holds on every thread", async () => {
  const { server, summaries } = await serveReady({ workers: 3, idleTimeout: 30 });
  const clients = await connectMany(server);
  await Promise.all(clients.map(({ connection }) => readAll(connection)));
  await until(() => summaries.length === MANY);
  assertEquals(new Set(summaries.map(({ reason }) => reason)), new Set(["idle"]));
  for (const { durationMs } of summaries) assert(durationMs >= 30, String(durationMs));
  for (const client of clients) client.connection.close();
  await server[Symbol.asyncDispose]();
});

testUnless(missing, "workers: a reset is told with its error's class, whichever thread met it", async () => {
  const { server, summaries } = await serveReady({ workers: 3 });
  const peers = await Promise.all(Array.from({ length: MANY }, () => connectResettable(server.addr.port)));
  for (const peer of peers) await peer.write(new Uint8Array(1));
  await until(() => server.stats.bytesOut === MANY);
  for (const peer of peers) await peer.reset();
  await until(() => summaries.length === MANY);
  for (const { reason, error } of summaries) {
    assertEquals(reason, "reset");
    assertInstanceOf(error, Deno.errors.ConnectionReset);
  }
  assertEquals(server.stats.errors, MANY);
  await server[Symbol.asyncDispose]();
});

for (const debug of [true, false]) {
  testUnless(missing, `workers: the log of all threads comes here, debugEnabled ${debug}`, async () => {
    const logger = new RecordingLogger(debug);
    const { server } = await serveReady({ workers: 3, maxConnections: MANY, logger });
    const clients = await connectMany(server);
    for (const client of clients) await client.exchange(["hi"]);
    using refused = await connect(server.addr);
    assertEquals(await refused.read(new Uint8Array(1)), null);
    await Promise.all(clients.map((client) => client.close()));
    await until(() => server.stats.open === 0);
    await server[Symbol.asyncDispose]();
    const events = (event: string) => logger.records.filter(({ fields }) => fields?.event === event);
    const counts = ["accept", "recv", "sent", "end", "refused"].map((event) => events(event).length);
    assertEquals(counts, debug ? [MANY, MANY, MANY, MANY, 1] : [0, 0, 0, 0, 1]);
    assertEquals(logger.calls.debug > 0, debug);
    const [recv] = events("recv");
    if (debug) assertEquals([recv.level, recv.fields?.bytes, recv.fields?.data], ["debug", 2, '"hi"']);
    assertEquals(logger.texts("info"), [
      `started echo on 127.0.0.1:${server.addr.port} in 3 threads`,
      `stopped: ${MANY} connections, 1 refused (maxConnections 1), ${2 * MANY} bytes in, ${2 * MANY} bytes out`,
    ]);
  });
}

testUnless(missing, "workers: trouble of a Worker is told to onError, of its class, and counted", async () => {
  using _workers = watchWorkers("./failing_serve_worker.ts");
  const errors: unknown[] = [];
  const logger = new RecordingLogger(false);
  const { server } = await serveReady({ workers: 3, logger, onError: (error) => void errors.push(error) });
  await until(() => logger.texts("warn").length === 2);
  assertEquals(errors.length, 2);
  for (const error of errors) assertInstanceOf(error, Deno.errors.Busy);
  assertEquals(logger.texts("warn"), Array(2).fill("cannot accept connections, trying on: too many open files"));
  assertEquals([server.stats.errors, server.failure], [2, undefined]);
  await server[Symbol.asyncDispose]();
});

testUnless(
  missing,
  "workers: one that dies is told, its connections are errors, and the others end in order",
  async () => {
    using workers = watchWorkers("./dying_serve_worker.ts");
    const errors: unknown[] = [];
    const logger = new RecordingLogger(false);
    const onError = (error: unknown) => void errors.push(error);
    const { server, summaries } = await serveReady({ workers: 3, grace: AMPLE, logger, onError });
    const clients = await connectMany(server);
    for (const client of clients) await client.exchange(["before"]);
    await until(() => server.stats.bytesOut === MANY * 6);
    workers.kill(0);
    await until(() => server.failure !== undefined);
    const { open, errors: lost } = server.stats;
    assertEquals(open + lost, MANY);
    assert(lost > 0 && open > 0, `${lost} lost, ${open} open`);
    // Those of the others are served on; those of the dead one are at their end.
    const after = await Promise.allSettled(clients.map((client) => client.exchange(["after"])));
    assertEquals(after.filter(({ status }) => status === "fulfilled").length, open);
    for (const client of clients) client.connection.close();
    await server.finished;
    assertInstanceOf(server.failure, TypeError);
    assertEquals(server.failure.message, "a Worker of the server died: boom");
    assertEquals(errors, [server.failure]);
    assertEquals(logger.texts("error"), [server.failure.message]);
    assertEquals([server.stats.open, server.stats.total, summaries.length], [0, MANY, open]);
    assertEquals(await server.shutdown(), { endedByServer: 0, unechoedBytes: 0, lateBytes: 0 });
    await assertRejects(() => connect(server.addr), ConnectError);
  },
);

testUnless(missing, "workers: one that cannot be started closes the server, and ready rejects", async () => {
  using _workers = watchWorkers("./broken_serve_worker.ts");
  const errors: unknown[] = [];
  const server = serve({ workers: 2, onError: (error) => void errors.push(error) });
  const error = await assertRejects(() => server.ready, Error, "cannot start a Worker of the server: ");
  assert(error.message.includes("broken"), error.message);
  assertEquals([server.failure, errors], [error, [error]]);
  await server.finished;
  await assertRejects(() => connect(server.addr), ConnectError);
});

testUnless(missing, "workers: a port that others share is taken, unless sharing is asked for", async () => {
  await using first = serve({ workers: 2 });
  await first.ready;
  const { port } = first.addr;
  assertThrows(() => serve({ workers: 2, port }), Deno.errors.AddrInUse, `127.0.0.1:${port}`);
  await using second = serve({ workers: 2, port, reusePort: true });
  await second.ready;
  const clients = await Promise.all(Array.from({ length: MANY }, () => connectEcho(second.addr)));
  await until(() => first.stats.total + second.stats.total === MANY);
  assert(first.stats.total > 0 && second.stats.total > 0);
  for (const client of clients) client.connection.close();
});

testUnless(missing, "workers: a name is looked up once, and every thread binds what it gave", async () => {
  const { server } = await serveReady({ workers: 3, hostname: "localhost" });
  const clients = await connectMany(server);
  for (const client of clients) await client.exchange(["x"]);
  for (const client of clients) client.connection.close();
  await server[Symbol.asyncDispose]();
});

testUnless(missing ?? noLibc(), "workers: socket options are set on each thread's listener, and told", async () => {
  const logger = new RecordingLogger(true);
  const { server } = await serveReady({ workers: 3, recvBuffer: 20_000, backlog: 77, logger });
  const told = Object.fromEntries(server.socketOptions.map(({ option, effective }) => [option, effective]));
  assertEquals([told.recvBuffer, told.backlog, told.reusePort], [40_000, 77, true]);
  const clients = await connectMany(server);
  const options = () =>
    logger.records.filter(({ text, fields }) =>
      fields?.event === "options" && text.startsWith("options of connection")
    );
  await until(() => options().length === MANY);
  for (const { fields } of options()) assertEquals(fields?.recvBufferBytes, 40_000);
  for (const client of clients) client.connection.close();
  await server[Symbol.asyncDispose]();
});

Deno.test("ready resolves at once without workers, and nothing failed", async () => {
  await using server = serve();
  await server.ready;
  assertEquals(server.failure, undefined);
});

for (const workers of [0, -1, 1.5, NaN, 1025, "two", "4"]) {
  Deno.test(`serve() refuses workers: ${Deno.inspect(workers)}`, () => {
    const error = assertThrows(() => serve({ workers: workers as number }), RangeError);
    assertEquals(error.message, `cannot serve with ${workers} workers: use a whole number from 1 to 1024, or "auto"`);
  });
}

Deno.test("serve() refuses onConnection with workers, whatever auto comes to here, and serves it with one", async () => {
  for (const workers of [2, "auto"] as const) {
    const error = assertThrows(() => serve({ workers, onConnection: () => {} }), TypeError);
    assertEquals(
      error.message,
      `cannot call onConnection with ${workers} workers: a connection does not leave its thread, use onClose or 1 worker`,
    );
  }
  await using _server = serve({ workers: 1, onConnection: () => {} });
});

/** What came of 1, 2 and auto on such a system. */
async function probe(os: string, processors: number, flags: string[]): Promise<string[]> {
  const program = import.meta.resolve("../support/probe_serve_workers.ts");
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--no-config", "--allow-net", ...flags, program, os, String(processors)],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("workers: where threads cannot share a port that is said, and one thread serves", async () => {
  const all = ["--unstable-net", "--allow-read"];
  for (const os of ["darwin", "windows"]) {
    const cannot = (workers: number) =>
      `NotSupported: cannot serve with ${workers} workers: threads can share a port on Linux only, use 1 on ${os}`;
    assertEquals(await probe(os, 8, all), ["1 served", `2 ${cannot(2)}`, `auto ${cannot(8)}`]);
    assertEquals(await probe(os, 1, all), ["1 served", `2 ${cannot(2)}`, "auto served"]);
  }
});

testUnless(missing, "workers: what they need of Deno is named", async () => {
  const unstable = "NotSupported: cannot serve with 2 workers: to share a port Deno needs --unstable-net " +
    '(or "unstable": ["net"] in deno.json)';
  assertEquals(await probe("linux", 2, ["--allow-read"]), ["1 served", `2 ${unstable}`, `auto ${unstable}`]);
  const read = "NotCapable: cannot start Workers: their module may not be read: " +
    "run Deno with --allow-read (of Sounder's folder lib at least)";
  assertEquals(await probe("linux", 2, ["--unstable-net"]), ["1 served", `2 ${read}`, `auto ${read}`]);
  assertEquals(await probe("linux", 2, ["--unstable-net", "--allow-read"]), ["1 served", "2 served", "auto served"]);
});
