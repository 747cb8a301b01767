import { assert, assertEquals, assertLess } from "@std/assert";
import { connect, connectEcho, createEchoClient, serve } from "../../mod.ts";
import { randomBytes, seededRandom } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { connectResettable, readExactly, until } from "../support/echo_wire.ts";
import { statsOf } from "../support/server_stats.ts";

const MIB = 1024 * 1024;

Deno.test("serve() serves 500 connections at once, each with its own bytes", async () => {
  await using server = serve();
  const random = seededRandom(500);
  const clients = await Promise.all(Array.from({ length: 500 }, () => connectEcho(server.addr)));
  await until(() => server.stats.open === 500);
  let bytes = 0;
  const exchange = async (client: (typeof clients)[number], seed: number) => {
    const messages = [1, 100, 1 + random(30_000)].map((length, i) => randomBytes(length, 1 + 3 * seed + i));
    bytes += messages.reduce((sum, { length }) => sum + length, 0);
    const echoes = await client.exchange(messages);
    echoes.forEach((echo, i) => assertSameBytes(echo, messages[i], `connection ${seed}`));
  };
  for (let round = 0; round < 3; round++) {
    await Promise.all(clients.map((client, i) => exchange(client, 500 * round + i)));
  }
  await until(() => server.stats.bytesOut === bytes);
  assertEquals(server.stats, statsOf({ open: 500, total: 500, bytesIn: bytes, bytesOut: bytes }));
  await Promise.all(clients.map((client) => client.close()));
  await until(() => server.stats.open === 0);
  assertEquals(server.stats, statsOf({ total: 500, bytesIn: bytes, bytesOut: bytes }));
});

Deno.test("serve() survives 200 connections that come and go, one in four by RST", async () => {
  await using server = serve();
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      if (i % 4 === 0) return await (await connectResettable(server.addr.port)).reset();
      using client = await connectEcho(server.addr);
      await client.exchange([`${round} ${i}`]);
      if (i % 4 === 1) await client.close();
    }));
  }
  await until(() => server.stats.open === 0);
  const { total, errors } = server.stats;
  // A RST that is there before accept() is none of the server's connections.
  assert(total >= 150 && total <= 200, `${total} connections`);
  assert(errors <= 50, `${errors} errors`);
  using client = await connectEcho(server.addr);
  await client.exchange(["well and alive"]);
});

Deno.test("serve() stops reading from a peer that does not read, serves others, and forgets nothing", async () => {
  await using server = serve();
  const sent = randomBytes(64 * MIB);
  using slow = await connect(server.addr);
  const writing = slow.write(sent).then(() => slow.closeWrite());
  using other = await connectEcho(server.addr);
  // The bytes of `other` do not count as the slow one's.
  const taken = () => server.stats.bytesIn - other.bytesSent;
  for (let before = -1; before !== taken();) {
    before = taken();
    for (let i = 0; i < 100; i++) await other.exchange(["promptly"]);
  }
  assertLess(taken(), 48 * MIB);
  assert(taken() > 0);
  assertSameBytes(await readExactly(slow, sent.length), sent);
  await writing;
  assertEquals(await slow.read(new Uint8Array(1)), null);
});

Deno.test("serve() serves twenty slow readers and a fast one at once", async () => {
  await using server = serve();
  const piece = randomBytes(8 * MIB);
  const slow = await Promise.all(Array.from({ length: 20 }, () => connect(server.addr)));
  const writing = slow.map((client) => client.write(piece).catch(() => {}));
  using fast = createEchoClient(await connect(server.addr));
  for (let i = 0; i < 20; i++) await fast.exchange([randomBytes(100_000, i + 1)]);
  for (const client of slow) client.close();
  await Promise.all(writing);
  await until(() => server.stats.open === 1);
});
