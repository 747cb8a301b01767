import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect, type Connection, createEchoClient, serve, tcpInfo } from "../../mod.ts";
import { until } from "../support/echo_wire.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";

for (const workers of [1, 3]) {
  testUnless(workers > 1 ? notLinux() : undefined, `connections(): ${workers} threads list who is served`, async () => {
    await using server = serve({ workers });
    await server.ready;
    const clients: Connection[] = [];
    for (let i = 0; i < 10; i++) {
      const connection = await connect(server.addr);
      await createEchoClient(connection).exchange(["x".repeat(i + 1)]);
      clients.push(connection);
    }
    const listed = await server.connections();
    assertEquals(listed.map(({ id }) => id), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    listed.forEach(({ ageMs, ...rest }, i) => {
      assert(ageMs > 0);
      assertEquals(rest, {
        id: i + 1,
        service: "echo",
        localAddr: server.addr,
        remoteAddr: clients[i].localAddr,
        tls: undefined,
        faults: undefined,
        state: "serving",
        bytesIn: i + 1,
        bytesOut: i + 1,
      });
    });
    assertEquals((await server.connections({ limit: 3 })).map(({ id }) => id), [1, 2, 3]);
    clients[0].close();
    await until(() => server.stats.open === 9);
    assertEquals((await server.connections({ limit: 1 })).map(({ id }) => id), [2]);
    for (const connection of clients) connection.close();
    await until(() => server.stats.open === 0);
    assertEquals(await server.connections(), []);
    await assertRejects(() => server.connections({ limit: 0 }), RangeError, "at most 0 connections");
  });
}

testUnless(noLibc(), "connections(): TCP_INFO where it is asked for", async () => {
  await using server = serve();
  using connection = await connect(server.addr);
  await createEchoClient(connection).exchange(["x".repeat(100)]);
  const [without] = await server.connections();
  const [{ tcpInfo: known }] = await server.connections({ tcpInfo: true });
  assertEquals([without.tcpInfo, known?.state, known?.receivedBytes], [undefined, "ESTABLISHED", 100]);
  assertEquals(tcpInfo(connection).state, "ESTABLISHED");
});

Deno.test("connections(): one that the server is ending is finishing", async () => {
  await using server = serve();
  using connection = await connect(server.addr);
  await until(() => server.stats.open === 1);
  const ended = server.shutdown(0);
  await until(() => server.stats.open === 1);
  await connection.read(new Uint8Array(1));
  assertEquals((await server.connections()).map(({ state }) => state), ["finishing"]);
  await connection.closeWrite();
  await ended;
});
