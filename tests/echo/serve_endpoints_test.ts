import { assertEquals, assertThrows } from "@std/assert";
import { connect, listen, serve, type ServeOptions } from "../../mod.ts";
import { readExactly, until } from "../support/echo_wire.ts";
import { notLinux, testUnless } from "../support/needs.ts";

const THREE = [{ service: "discard" }, { hostname: "::1" }, { service: "chargen", hostname: "127.0.0.2" }] as const;

async function useAll(server: ReturnType<typeof serve>): Promise<void> {
  const [discard, echo, chargen] = await Promise.all(server.endpoints.map(({ addr }) => connect(addr)));
  await discard.write(new Uint8Array(1000));
  await discard.closeWrite();
  assertEquals(await discard.read(new Uint8Array(1)), null);
  await echo.write(new Uint8Array(10).fill(7));
  assertEquals(await readExactly(echo, 10), new Uint8Array(10).fill(7));
  assertEquals((await readExactly(chargen, 2))[0], 0x20);
  for (const connection of [discard, echo, chargen]) connection.close();
}

Deno.test("endpoints: each has its address and service, and one view counts them all", async () => {
  const served: string[] = [];
  const server = serve({ endpoints: THREE, onClose: ({ service }) => served.push(service) });
  assertEquals(server.endpoints.map(({ addr, service, tls }) => [addr.hostname, service, tls]), [
    ["127.0.0.1", "discard", false],
    ["::1", "echo", false],
    ["127.0.0.2", "chargen", false],
  ]);
  assertEquals(server.addr, server.endpoints[0].addr);
  await useAll(server);
  await until(() => served.length === 3);
  assertEquals(served.sort(), ["chargen", "discard", "echo"]);
  assertEquals([server.stats.total, server.stats.bytesIn], [3, 1010]);
  assertEquals((await server.shutdown()).unechoedBytes, 0);
  for (const { addr } of server.endpoints) listen({ hostname: addr.hostname, port: addr.port }).close();
});

testUnless(notLinux(), "workers: each thread serves every endpoint", async () => {
  await using server = serve({ endpoints: THREE, workers: 2 });
  await server.ready;
  for (let round = 0; round < 8; round++) await useAll(server);
  await until(() => server.stats.open === 0);
  assertEquals([server.stats.total, server.stats.bytesIn], [24, 8 * 1010]);
});

Deno.test("endpoints: limits are those of all together", async () => {
  await using server = serve({ endpoints: [{}, {}], maxConnections: 2 });
  const [a, b] = server.endpoints;
  const open = [await connect(a.addr), await connect(b.addr), await connect(b.addr)];
  await until(() => server.stats.total + server.stats.refused === 3);
  assertEquals([server.stats.open, server.stats.refusedBy.maxConnections], [2, 1]);
  for (const connection of open) connection.close();
});

Deno.test("endpoints: where one cannot be bound none is", () => {
  using taken = listen();
  using free = listen();
  const { port } = free.addr;
  free.close();
  assertThrows(() => serve({ endpoints: [{ port }, { port: taken.addr.port }] }), Deno.errors.AddrInUse);
  listen({ port }).close();
});

Deno.test("endpoints: what contradicts them is told in one line", () => {
  const cases: [ServeOptions, string][] = [
    [{ endpoints: [] }, "cannot serve no endpoints: give one, or leave the option out"],
    [{ endpoints: [{}], port: 9 }, "cannot serve endpoints and a port beside them: give each endpoint its own"],
    [{ endpoints: [{ tls: true }] }, "cannot speak TLS without a certificate: give the option tls"],
    [{ endpoints: [{}], tls: { cert: "", key: "" } }, "the option tls is for no endpoint: give one of them tls: true"],
    [{ endpoints: [{ service: "telnet" as "echo" }] }, 'cannot serve "telnet": use one of echo, discard, chargen'],
  ];
  for (const [options, message] of cases) assertThrows(() => serve(options), TypeError, message);
});
