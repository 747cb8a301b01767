import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { connect, connectEcho, ConnectError, type EchoServer, serve, type ServeOptions } from "../../mod.ts";
import { utf8 } from "../support/echo_bytes.ts";
import { readAll, readExactly, turns, until } from "../support/echo_wire.ts";
import { statsOf } from "../support/server_stats.ts";

const NOTHING_YET = statsOf();

Deno.test("serve() echoes on a free port of 127.0.0.1 without any option", async () => {
  await using server = serve();
  assertEquals(server.addr.hostname, "127.0.0.1");
  assert(server.addr.port > 0);
  assertEquals(server.stats, NOTHING_YET);
  using client = await connectEcho(server.addr);
  assertEquals(await client.exchange(["hello"]), [utf8("hello")]);
});

Deno.test("serve() counts exactly, at each step", async () => {
  await using server = serve();
  const first = await connect(server.addr);
  await until(() => server.stats.total === 1);
  assertEquals(server.stats, { ...NOTHING_YET, open: 1, total: 1 });
  await first.write(new Uint8Array(100));
  await readExactly(first, 100);
  await until(() => server.stats.bytesOut === 100);
  assertEquals(server.stats, { ...NOTHING_YET, open: 1, total: 1, bytesIn: 100, bytesOut: 100 });
  const second = await connect(server.addr);
  await second.write(new Uint8Array(11));
  await readExactly(second, 11);
  await until(() => server.stats.bytesOut === 111);
  assertEquals(server.stats, { ...NOTHING_YET, open: 2, total: 2, bytesIn: 111, bytesOut: 111 });
  await first.closeWrite();
  await until(() => server.stats.open === 1);
  assertEquals(server.stats, { ...NOTHING_YET, open: 1, total: 2, bytesIn: 111, bytesOut: 111 });
  second.close();
  await until(() => server.stats.open === 0);
  assertEquals(server.stats, { ...NOTHING_YET, total: 2, bytesIn: 111, bytesOut: 111 });
  first.close();
});

Deno.test("serve() gives stats as they were: what was handed out does not change", async () => {
  await using server = serve();
  const before = server.stats;
  using client = await connectEcho(server.addr);
  await client.exchange(["x"]);
  assertEquals(before, NOTHING_YET);
});

Deno.test("serve() discards, or generates characters, as asked", async () => {
  await using discarding = serve({ service: "discard" });
  const quiet = await connect(discarding.addr);
  await quiet.write(new Uint8Array(1000));
  await quiet.closeWrite();
  assertEquals((await readAll(quiet)).length, 0);
  await until(() => discarding.stats.open === 0);
  assertEquals(discarding.stats, { ...NOTHING_YET, total: 1, bytesIn: 1000 });
  quiet.close();
  await using generating = serve({ service: "chargen" });
  const reading = await connect(generating.addr);
  assertEquals((await readExactly(reading, 74)).subarray(0, 3), utf8(' !"'));
  reading.close();
  await until(() => generating.stats.open === 0);
  assertEquals(generating.stats.errors, 0);
});

for (
  const [options, message] of [
    [{ service: "ECHO" }, 'cannot serve "ECHO": use one of echo, discard, chargen'],
    [{ service: "toString" }, 'cannot serve "toString"'],
    [{ idleTimeout: 0 }, "cannot use an idleTimeout of 0 ms: it must be more than 0"],
    [{ idleTimeout: -1 }, "idleTimeout of -1 ms"],
    [{ idleTimeout: NaN }, "idleTimeout of NaN ms"],
    [{ maxConnections: 0 }, "cannot serve at most 0 connections: use a whole number from 1"],
    [{ maxConnections: 1.5 }, "at most 1.5 connections"],
    [{ port: 65536 }, "cannot listen on port 65536"],
    [{ port: -1 }, "cannot listen on port -1"],
    [{ backlog: 0 }, "cannot set backlog to 0"],
  ] as [ServeOptions, string][]
) {
  Deno.test(`serve() refuses ${JSON.stringify(options)}`, () => {
    const ErrorClass = "service" in options ? TypeError : RangeError;
    const error = assertThrows(() => serve({ ...options, signal: new AbortController().signal }), ErrorClass);
    assertStringIncludes(error.message, message);
  });
}

Deno.test("serve() on a port that is taken throws AddrInUse and names it", async () => {
  await using server = serve();
  const { port } = server.addr;
  const error = assertThrows(() => serve({ port }), Deno.errors.AddrInUse);
  assertStringIncludes(error.message, `127.0.0.1:${port}`);
});

Deno.test("serve() listens again on the port of a server that has finished", async () => {
  const first = serve();
  using client = await connectEcho(first.addr);
  await client.exchange(["x"]);
  first.close();
  await first.finished;
  await using second = serve({ port: first.addr.port });
  using other = await connectEcho(second.addr);
  await other.exchange(["y"]);
});

/** Ways to end a server at once. */
const ENDINGS: Record<string, (server: EchoServer, controller: AbortController) => unknown> = {
  "close()": (server) => server.close(),
  "close() twice": (server) => [server.close(), server.close()],
  "the signal": (_, controller) => controller.abort(),
  "the signal, then close()": (server, controller) => [controller.abort(), server.close()],
  "asyncDispose": (server) => server[Symbol.asyncDispose](),
  "asyncDispose twice": (server) => Promise.all([server[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]),
};

for (const [name, end] of Object.entries(ENDINGS)) {
  Deno.test(`serve(): ${name} closes the listener and every connection, and resolves finished`, async () => {
    const controller = new AbortController();
    const server = serve({ signal: controller.signal });
    const clients = await Promise.all([1, 2, 3].map(() => connect(server.addr)));
    await until(() => server.stats.open === 3);
    let finished = false;
    void server.finished.then(() => finished = true);
    await turns();
    assertEquals(finished, false);
    await end(server, controller);
    await server.finished;
    assertEquals(server.stats, { ...NOTHING_YET, total: 3 });
    for (const client of clients) {
      assertEquals(await client.read(new Uint8Array(1)), null);
      client.close();
    }
    const error = await assertRejects(() => connect(server.addr), ConnectError);
    assertEquals(error.kind, "refused");
  });
}

Deno.test("serve() with a signal that is aborted already throws its reason and listens nowhere", () => {
  const reason = new Error("not today");
  assertEquals(assertThrows(() => serve({ signal: AbortSignal.abort(reason) })), reason);
});

Deno.test("serve() may be closed before anyone connects", async () => {
  const server = serve();
  server.close();
  await server.finished;
  assertEquals(server.stats, NOTHING_YET);
});

Deno.test("close() also closes a connection that is accepted in the same turn", async () => {
  for (let round = 0; round < 20; round++) {
    const server = serve();
    // Deno's own, whose promises settle in the same turn as those of accept().
    const connecting = Array.from({ length: 3 }, () => Deno.connect({ port: server.addr.port }).catch(() => undefined));
    await connecting[0];
    for (let i = 0; i < round % 7; i++) await null;
    server.close();
    let finished = false;
    void server.finished.then(() => finished = true);
    await until(() => finished);
    for (const client of await Promise.all(connecting)) client?.close();
  }
});

Deno.test("serve() takes its listener off a signal that outlives it", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => [listeners++, add(...args)];
  signal.removeEventListener = (...args: Parameters<typeof remove>) => [listeners--, remove(...args)];
  const server = serve({ signal });
  assertEquals(listeners, 1);
  await server.shutdown(0);
  assertEquals(listeners, 0);
});
