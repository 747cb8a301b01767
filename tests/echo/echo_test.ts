import { assertEquals, assertGreater, assertLessOrEqual, assertRejects } from "@std/assert";
import { receiveBytesInUse } from "../../lib/core/receive_buffer.ts";
import { drain } from "../../lib/echo/discard.ts";
import { type Connection, connectionPair, echo } from "../../mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertSameBytes, utf8 } from "../support/echo_bytes.ts";
import { PAIRS, readAll, readExactly, tcpPair } from "../support/echo_wire.ts";

const MIB = 1024 * 1024;

/** Sends everything, then FIN, reading meanwhile, and compares. */
async function checkEcho([client, server]: [Connection, Connection], sent: Uint8Array): Promise<void> {
  const served = echo(server);
  const send = async () => {
    await client.write(sent);
    await client.closeWrite();
  };
  const [, received] = await Promise.all([send(), readAll(client), served]);
  assertSameBytes(received, sent);
  client.close();
  server.close();
}

for (const [name, makePair] of Object.entries(PAIRS)) {
  Deno.test(`echo() over ${name} sends back every byte, in order, and then FIN`, async () => {
    for (const length of [0, 1, 2, 100, 600]) await checkEcho(await makePair(), randomBytes(length, length + 1));
  });

  Deno.test(`echo() over ${name} answers before the caller's FIN`, async () => {
    const [client, server] = await makePair();
    const served = echo(server);
    for (const text of ["a", "data1\n", "data2\n"]) {
      await client.write(utf8(text));
      assertEquals(await readExactly(client, text.length), utf8(text));
    }
    await client.closeWrite();
    assertEquals(await client.read(new Uint8Array(1)), null);
    await served;
    client.close();
    server.close();
  });
}

for (const length of [511, 512, 513, 4097, 65536, 65537, MIB, 64 * MIB]) {
  Deno.test(`echo() sends back ${length} bytes over TCP and over a pair`, async () => {
    await checkEcho(await tcpPair(), randomBytes(length));
    await checkEcho(connectionPair(), randomBytes(length));
  });
}

Deno.test("echo() echoes what it had received before the FIN, although the caller reads only after it", async () => {
  for (const [client, server] of [await tcpPair(), connectionPair()]) {
    const sent = randomBytes(50_000);
    await client.write(sent);
    await client.closeWrite();
    await echo(server);
    assertSameBytes(await readAll(client), sent);
    client.close();
    server.close();
  }
});

Deno.test("echo() reads into 512 bytes at rest, up to 256 KiB as each buffer is filled, and into less again", async () => {
  const [client, server] = connectionPair({ forth: { bufferSize: 4 * MIB } });
  const asked: number[] = [];
  const read = server.read.bind(server);
  server.read = (p) => {
    asked.push(p.length);
    return read(p);
  };
  const served = echo(server);
  for (const length of [511, 512, 4095, 4096, 65_536, 262_144, 64, 64, 64, 64, 64, 64]) {
    await client.write(randomBytes(length, length));
    assertSameBytes(await readExactly(client, length), randomBytes(length, length));
  }
  await client.closeWrite();
  await served;
  const [small, medium, large, largest] = [512, 4096, 65_536, 262_144];
  assertEquals(
    asked,
    [small, small, medium, medium, large, largest, largest, largest, large, large, medium, medium, small],
  );
});

Deno.test("echo() and drain() give their buffers back, however they end", async () => {
  const before = receiveBytesInUse();
  for (const service of [echo, drain]) {
    for (const end of ["closeWrite", "abort"] as const) {
      const [client, server] = connectionPair();
      const served = service(server);
      await client.write(new Uint8Array(600));
      if (service === echo) await readExactly(client, 600);
      assertGreater(receiveBytesInUse(), before);
      await client[end]();
      await (end === "abort" ? assertRejects(() => served) : served);
      server.close();
      assertEquals(receiveBytesInUse(), before);
    }
  }
});

Deno.test("echo() does not read from a peer that does not read", async () => {
  const limit = 1000;
  const [client, server] = connectionPair({ forth: { bufferSize: limit }, back: { bufferSize: limit } });
  let received = 0;
  const served = echo(server, { received: (bytes) => received += bytes.length, sent: () => {} });
  const written = client.write(randomBytes(20_000));
  await echoIdle();
  // One buffer is on its way back and one is filled at the most.
  assertLessOrEqual(received, 2 * limit);
  assertSameBytes(await readExactly(client, 20_000), randomBytes(20_000));
  await written;
  await client.closeWrite();
  await served;
});

/** Everything over a pair happens in microtasks: after a timer there is none left. */
function echoIdle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("echo() tells the meter of the bytes of each read and write", async () => {
  const [client, server] = connectionPair();
  const told: string[] = [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const served = echo(server, {
    received: (bytes) => told.push(`in ${text(bytes)}`),
    sent: (bytes) => told.push(`out ${text(bytes)}`),
  });
  await client.write(utf8("one"));
  await readExactly(client, 3);
  await client.write(utf8("two"));
  await client.closeWrite();
  await served;
  assertEquals(told, ["in one", "out one", "in two", "out two"]);
});

Deno.test("echo() rejects when the caller resets, and leaves the closing to its own caller", async () => {
  const [client, server] = connectionPair();
  const served = echo(server);
  await client.write(utf8("hello"));
  await readExactly(client, 5);
  client.abort();
  await assertRejects(() => served, Deno.errors.ConnectionReset);
  assertEquals(await isClosed(server), false);
  server.close();
  assertEquals(await isClosed(server), true);
});

/** After its own close() a connection knows nothing but BadResource. */
async function isClosed(connection: Connection): Promise<boolean> {
  return await connection.read(new Uint8Array(1)).then(
    () => false,
    (error) => error instanceof Deno.errors.BadResource,
  );
}
