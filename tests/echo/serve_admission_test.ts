import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { connect, type Connection, createEchoClient, serve, type ServeOptions } from "../../mod.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { serveWatched } from "../support/echo_server.ts";
import { until } from "../support/echo_wire.ts";
import { notLinux, testUnless } from "../support/needs.ts";

/** Whether a connection from that address is served; it stays open if so. */
async function comes(server: { addr: { port: number } }, source: string, open: Connection[]): Promise<boolean> {
  const connection = await connect({ port: server.addr.port, source });
  open.push(connection);
  try {
    await createEchoClient(connection).exchange(["x"]);
    return true;
  } catch {
    connection.close();
    return false;
  }
}

Deno.test("maxPerHost: each host has so many places of its own, and a place that became free is used again", async () => {
  const logger = new RecordingLogger(false);
  await using watched = serveWatched({ maxPerHost: 2, logger });
  const { server } = watched;
  const open: Connection[] = [];
  const sources = ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.2"];
  const served = [];
  for (const source of sources) served.push(await comes(server, source, open));
  assertEquals(served, [true, true, false, true, true, false]);
  assertEquals([server.stats.open, server.stats.total, server.stats.refusedBy.maxPerHost], [4, 4, 2]);
  open[0].close();
  await until(() => server.stats.open === 3);
  assertEquals([await comes(server, "127.0.0.1", open), await comes(server, "127.0.0.1", open)], [true, false]);
  const [told] = logger.records.filter(({ level }) => level === "warn");
  assertEquals(
    told.text,
    "refused 1 connection of late, the last from 127.0.0.1: 2 open at once are the most allowed for a host",
  );
  assertEquals(told.fields, { event: "refused", reason: "maxPerHost", count: 1, peer: "127.0.0.1" });
  for (const connection of open) connection.close();
});

Deno.test("acceptRate: a second's worth at once, and then no more; who is refused for another reason uses none", async () => {
  await using watched = serveWatched({ acceptRate: 0.001, maxPerHost: 1, deny: ["127.0.0.3"] });
  const { server } = watched;
  const open: Connection[] = [];
  assertEquals(await comes(server, "127.0.0.3", open), false);
  assertEquals(await comes(server, "127.0.0.1", open), true);
  assertEquals(await comes(server, "127.0.0.1", open), false);
  assertEquals(await comes(server, "127.0.0.2", open), false);
  const { access, maxPerHost, acceptRate } = server.stats.refusedBy;
  assertEquals([access, maxPerHost, acceptRate, server.stats.refused], [1, 1, 1, 3]);
  // The refused ones hold no place of their host: once the first is gone it is the rate alone that keeps others out.
  open[1].close();
  await until(() => server.stats.open === 0);
  assertEquals(await comes(server, "127.0.0.1", open), false);
  assertEquals(server.stats.refusedBy.acceptRate, 2);
});

const LISTS: [lists: ServeOptions, served: string[]][] = [
  [{ allow: ["127.0.0.0/30"] }, ["127.0.0.1", "127.0.0.2"]],
  [{ deny: ["127.0.0.0/30"] }, ["127.0.0.5"]],
  [{ allow: ["127.0.0.0/8"], deny: ["127.0.0.2"] }, ["127.0.0.1", "127.0.0.5"]],
  [{ allow: ["127.0.0.2"], deny: ["127.0.0.0/8"] }, ["127.0.0.2"]],
  [{ allow: ["127.0.0.2"], deny: ["127.0.0.2"] }, []],
  [{ allow: [] }, []],
  [{ deny: [] }, ["127.0.0.1", "127.0.0.2", "127.0.0.5"]],
];
for (const [lists, served] of LISTS) {
  Deno.test(`access list ${JSON.stringify(lists)} serves ${served.join(", ") || "nobody"}`, async () => {
    await using server = serve({ ...lists });
    const open: Connection[] = [];
    const came = [];
    for (const source of ["127.0.0.1", "127.0.0.2", "127.0.0.5"]) {
      if (await comes(server, source, open)) came.push(source);
    }
    assertEquals(came, served);
    assertEquals(server.stats.refusedBy.access, 3 - served.length);
    for (const connection of open) connection.close();
  });
}

Deno.test("access list: an IPv4 peer of a dual-stack listener is judged as IPv4", async () => {
  await using server = serve({ hostname: "::", allow: ["127.0.0.2/32", "::1"] });
  const open: Connection[] = [];
  assertEquals([await comes(server, "127.0.0.2", open), await comes(server, "127.0.0.1", open)], [true, false]);
  using ipv6 = await connect({ hostname: "::1", port: server.addr.port });
  assertEquals(await createEchoClient(ipv6).exchange(["x"]), [new TextEncoder().encode("x")]);
  for (const connection of open) connection.close();
});

Deno.test("reload(): other lists hold for those to come, and nobody is dropped; a wrong one changes nothing", async () => {
  await using server = serve({ allow: ["127.0.0.1"] });
  const open: Connection[] = [];
  assertEquals([await comes(server, "127.0.0.1", open), await comes(server, "127.0.0.2", open)], [true, false]);
  await server.reload({ access: { allow: ["127.0.0.2"] } });
  assertEquals([await comes(server, "127.0.0.1", open), await comes(server, "127.0.0.2", open)], [false, true]);
  assertEquals((await createEchoClient(open[0]).exchange(["still"])).length, 1);
  await assertRejects(() => server.reload({ access: { allow: ["127.0.0.300"] } }), RangeError, "127.0.0.300");
  assertEquals(await comes(server, "127.0.0.2", open), true);
  await server.reload({ access: {} });
  assertEquals(await comes(server, "127.0.0.9", open), true);
  await assertRejects(() => server.reload({ tls: { cert: "", key: "" } }), TypeError, "does not speak TLS");
  for (const connection of open) connection.close();
});

testUnless(
  notLinux(),
  "workers: maxPerHost, the access list and its reload hold for all threads together",
  async () => {
    await using server = serve({ workers: 3, maxPerHost: 5, deny: ["127.0.0.7"] });
    await server.ready;
    const open: Connection[] = [];
    const served = [];
    for (let i = 0; i < 12; i++) served.push(await comes(server, "127.0.0.1", open));
    assertEquals(served.filter(Boolean).length, 5);
    assertEquals(await comes(server, "127.0.0.7", open), false);
    await server.reload({ access: { deny: ["127.0.0.8"] } });
    for (let i = 0; i < 5; i++) assert(await comes(server, "127.0.0.7", open));
    for (let i = 0; i < 5; i++) assertEquals(await comes(server, "127.0.0.8", open), false);
    assertEquals(server.stats.refusedBy, { access: 6, maxConnections: 0, maxPerHost: 7, acceptRate: 0, handshake: 0 });
    for (const connection of open) connection.close();
  },
);

testUnless(notLinux(), "workers: acceptRate is that of all threads together", async () => {
  await using server = serve({ workers: 3, acceptRate: 4.001 });
  await server.ready;
  const since = performance.now();
  const crowd = await Promise.all(Array.from({ length: 60 }, () => connect(server.addr)));
  await until(() => server.stats.total + server.stats.refused === 60);
  const most = 4 + 4.001 * (performance.now() - since) / 1000;
  assert(server.stats.total >= 4 && server.stats.total <= most, `${server.stats.total} of at most ${most}`);
  for (const connection of crowd) connection.close();
});

Deno.test("serve() checks its limits before it listens, in one line that names the value", () => {
  const cases: [ServeOptions, string][] = [
    [{ maxConnections: 0 }, "cannot serve at most 0 connections: use a whole number from 1"],
    [{ maxPerHost: 1.5 }, "cannot serve at most 1.5 connections of a host: use a whole number from 1"],
    [{ maxBytes: -1 }, "cannot serve at most -1 bytes of a connection: use a whole number from 1"],
    [{ acceptRate: 0 }, "cannot use an acceptRate of 0 connections a second: it must be more than 0"],
    [{ rateLimit: NaN }, "cannot use a rateLimit of NaN bytes a second: it must be more than 0"],
    [{ rateLimitTotal: -5 }, "cannot use a rateLimitTotal of -5 bytes a second: it must be more than 0"],
    [{ rateLimit: 1e13 }, "cannot use a rateLimit of 10000000000000 bytes a second: use 0.000001 to 1000000000000"],
    [{ acceptRate: 1e-9 }, "cannot use an acceptRate of 1e-9 connections a second: use 0.000001 to 1000000000000"],
    [{ maxLifetime: 0 }, "cannot use a maxLifetime of 0 ms: it must be more than 0"],
    [{ idleTimeout: 0 }, "cannot use an idleTimeout of 0 ms: it must be more than 0"],
    [{ allow: ["nowhere"] }, 'bad CIDR "nowhere"'],
    [{ deny: ["10.0.0.0/33"] }, 'bad prefix in "10.0.0.0/33"'],
  ];
  for (const [options, message] of cases) {
    const error = assertThrows(() => serve(options), Error, message);
    assert(error instanceof RangeError || error instanceof SyntaxError, message);
  }
});

Deno.test("a server open to others without a limit or a list warns once, and says why", async () => {
  const cases: [ServeOptions, number][] = [
    [{}, 0],
    [{ hostname: "127.0.0.9" }, 0],
    [{ hostname: "::1" }, 0],
    [{ hostname: "0.0.0.0" }, 1],
    [{ hostname: "::" }, 1],
    [{ hostname: "0.0.0.0", idleTimeout: 1000 }, 1],
    [{ hostname: "0.0.0.0", maxConnections: 10 }, 0],
    [{ hostname: "0.0.0.0", maxPerHost: 10 }, 0],
    [{ hostname: "0.0.0.0", acceptRate: 10 }, 0],
    [{ hostname: "0.0.0.0", rateLimitTotal: 10 }, 0],
    [{ hostname: "0.0.0.0", rateLimit: 10, maxBytes: 10, maxLifetime: 10 }, 1],
    [{ hostname: "0.0.0.0", allow: ["127.0.0.1"] }, 0],
    [{ hostname: "0.0.0.0", deny: ["127.0.0.1"] }, 0],
    [{ hostname: "0.0.0.0", deny: [] }, 1],
    [{ endpoints: [{}, { hostname: "0.0.0.0" }, { hostname: "::", port: 0 }] }, 1],
  ];
  for (const [options, warnings] of cases) {
    const logger = new RecordingLogger(false);
    const server = serve({ ...options, logger });
    await server[Symbol.asyncDispose]();
    const told = logger.records.filter(({ level }) => level === "warn");
    assertEquals(told.length, warnings, JSON.stringify(options));
    for (const { text } of told) {
      assert(/:\d+ is open to whoever reaches it, .* limit the connections .*or list who may come$/.test(text), text);
    }
  }
});
