import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { connect, createEchoClient, type EchoServer, serve, type ServeOptions } from "../../mod.ts";
import { connectResettable, until } from "../support/echo_wire.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { serveWatched } from "../support/echo_server.ts";

/** Connects, exchanges one byte, closes in order. */
async function visit(server: EchoServer): Promise<void> {
  using client = createEchoClient(await connect(server.addr));
  await client.exchange(["x"]);
  await client.close();
}

Deno.test("onConnection comes before any byte is served and onClose after the end, in pairs", async () => {
  const counts: string[] = [];
  await using watched = serveWatched({
    onConnection: () => void counts.push(`at open: ${watched.server.stats.open} open`),
    onClose: () => void counts.push(`at close: ${watched.server.stats.open} open`),
  });
  const { server, events } = watched;
  await visit(server);
  await until(() => server.stats.open === 0);
  await visit(server);
  await until(() => server.stats.open === 0);
  assertEquals(events, ["open 1", "close 1 finished", "open 2", "close 2 finished"]);
  assertEquals(counts, ["at open: 1 open", "at close: 0 open", "at open: 1 open", "at close: 0 open"]);
});

Deno.test("onConnection and onClose tell who was served and how it went", async () => {
  const infos: unknown[] = [];
  await using watched = serveWatched({ onConnection: (_, info) => void infos.push(info) });
  const connection = await connect(watched.server.addr);
  const client = createEchoClient(connection);
  await client.exchange(["12345"]);
  await client.close();
  await until(() => watched.summaries.length === 1);
  const info = {
    id: 1,
    service: "echo" as const,
    localAddr: watched.server.addr,
    remoteAddr: connection.localAddr,
    tls: undefined,
    faults: undefined,
  };
  assertEquals(infos, [info]);
  const { durationMs, ...rest } = watched.summaries[0];
  assertEquals(rest, { ...info, bytesIn: 5, bytesOut: 5, reason: "finished" });
  assert(durationMs > 0 && durationMs < 60_000);
});

Deno.test("a peer's RST ends that connection alone: an error in the stats, onClose says reset, onError says nothing", async () => {
  await using watched = serveWatched();
  const { server } = watched;
  using bystander = createEchoClient(await watched.connect());
  await bystander.exchange(["before"]);
  const peer = await connectResettable(server.addr.port);
  await peer.write(new Uint8Array(3));
  await until(() => server.stats.bytesIn === 9);
  await peer.reset();
  await until(() => server.stats.open === 1);
  assertEquals(server.stats.errors, 1);
  assertEquals(watched.summaries.map(({ id, reason, bytesIn }) => [id, reason, bytesIn]), [[2, "reset", 3]]);
  assertInstanceOf(watched.summaries[0].error, Error);
  assertEquals(watched.errors, []);
  await bystander.exchange(["after"]);
});

Deno.test("onClose says shutdown for those that close() cut, and says it once", async () => {
  const watched = serveWatched();
  const clients = await Promise.all([watched.connect(), watched.connect()]);
  await until(() => watched.server.stats.open === 2);
  watched.server.close();
  watched.server.close();
  await watched.server.finished;
  assertEquals(watched.events, ["open 1", "open 2", "close 1 shutdown", "close 2 shutdown"]);
  assertEquals(watched.server.stats.errors, 0);
  for (const client of clients) client.close();
});

const boom = () => {
  throw new Error("boom");
};
const rejects = () => Promise.reject(new Error("boom"));

for (const [how, fail] of Object.entries({ "throws": boom, "rejects": rejects })) {
  Deno.test(`an onClose that ${how} is reported to onError and the log, and the server goes on`, async () => {
    const logger = new RecordingLogger(false);
    await using watched = serveWatched({ onClose: fail, logger });
    await visit(watched.server);
    await until(() => watched.errors.length === 1);
    await visit(watched.server);
    await until(() => watched.errors.length === 2);
    const round = (id: number) => [`open ${id}`, `close ${id} finished`, "error boom"];
    assertEquals(watched.events, [...round(1), ...round(2)]);
    assertEquals(logger.texts("error"), ["boom", "boom"]);
    assertEquals(watched.server.stats.errors, 0);
  });

  Deno.test(`an onError that ${how} is logged and goes no further`, async () => {
    const logger = new RecordingLogger(false);
    await using watched = serveWatched({ onClose: fail, onError: () => fail(), logger });
    await visit(watched.server);
    await until(() => logger.texts("error").length === 2);
    assertEquals(watched.events, ["open 1", "close 1 finished", "error boom"]);
    await visit(watched.server);
    await until(() => logger.texts("error").length === 4);
  });
}

Deno.test("an onConnection that throws ends its connection, as an error, and no other", async () => {
  const options: ServeOptions = { onConnection: (_, { id }) => id === 2 ? boom() : undefined };
  await using watched = serveWatched(options);
  using before = createEchoClient(await watched.connect());
  await before.exchange(["x"]);
  const refused = await watched.connect();
  assertEquals(await refused.read(new Uint8Array(1)), null);
  refused.close();
  await until(() => watched.server.stats.open === 1);
  assertEquals(watched.events, ["open 1", "open 2", "error boom", "close 2 error"]);
  assertEquals(watched.server.stats.errors, 1);
  await before.exchange(["y"]);
});

Deno.test("an onConnection whose promise rejects is reported, and its connection is served", async () => {
  await using watched = serveWatched({ onConnection: rejects });
  await visit(watched.server);
  await until(() => watched.summaries.length === 1);
  assertEquals(watched.events, ["open 1", "error boom", "close 1 finished"]);
});

Deno.test("a callback without onError or logger may fail, too", async () => {
  await using server = serve({ onClose: boom });
  await visit(server);
  await until(() => server.stats.open === 0);
  await visit(server);
});

Deno.test("a connection that onConnection closes itself ends as an error that onError is told of", async () => {
  await using watched = serveWatched({ onConnection: (connection) => connection.close() });
  const client = await watched.connect();
  assertEquals(await client.read(new Uint8Array(1)), null);
  client.close();
  await until(() => watched.summaries.length === 1);
  assertEquals(watched.summaries[0].reason, "error");
  assertInstanceOf(watched.errors[0], Deno.errors.BadResource);
});

Deno.test("close() within a callback ends the server", async () => {
  const watched = serveWatched({ onConnection: () => watched.server.close() });
  const client = await watched.connect();
  await watched.server.finished;
  assertEquals(watched.events, ["open 1", "close 1 shutdown"]);
  client.close();
});
