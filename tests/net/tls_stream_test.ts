import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import type { Connection } from "../../lib/net/connection.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { getSocketOptions } from "../../lib/socket/get_socket_options.ts";
import { setSocketOptions } from "../../lib/socket/set_socket_options.ts";
import { tcpInfo } from "../../lib/socket/tcp_info.ts";
import { randomBytes, sha256 } from "../support/bytes.ts";
import { outcome, readAll, readExactly } from "../support/contract_connection.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import { secure, stage, tcpPair } from "../support/tls_pair.ts";

// The contract of Connection is kept by tests/net/connection_contract_test.ts: here is what is special to TLS.
const MIB = 1024 * 1024;

const inMemory = () => Promise.resolve(connectionPair());

Deno.test("a FIN without close_notify is no end: what came is read, then each read says that the stream was cut", async () => {
  for (const makePair of [tcpPair, inMemory]) {
    using ends = await stage(makePair);
    await ends.far.write(randomBytes(100));
    await ends.below.closeWrite();
    assertEquals(await readExactly(ends.near, 100), randomBytes(100));
    for (let i = 0; i < 2; i++) {
      await assertRejects(() => ends.near.read(new Uint8Array(1)), Deno.errors.UnexpectedEof, "close_notify");
    }
    // The other direction is whole.
    await ends.near.write(randomBytes(10));
    assertEquals(await readExactly(ends.far, 10), randomBytes(10));
  }
});

Deno.test("a FIN in the middle of a record cuts the stream as well", async () => {
  using ends = await stage(inMemory);
  const reading = readAll(ends.near);
  await ends.below.write(new Uint8Array([0x17, 3, 3, 1, 0, 1, 2, 3]));
  await ends.below.closeWrite();
  await assertRejects(() => reading, Deno.errors.UnexpectedEof);
});

Deno.test("bytes that the peer did not send are InvalidData, and the peer is told by an alert", async () => {
  for (
    const forged of [
      new Uint8Array([0x17, 3, 3, 0, 20, ...randomBytes(20)]),
      new TextEncoder().encode("GET / HTTP/1.1"),
    ]
  ) {
    using ends = await stage(inMemory);
    await ends.below.write(forged);
    const error = await ends.near.read(new Uint8Array(1)).catch((error) => error);
    assertInstanceOf(error, Deno.errors.InvalidData);
    assertStringIncludes(error.message, "TLS cannot go on: ");
    assertEquals(await outcome(ends.near.write(randomBytes(1))), "BrokenPipe");
    const told = await ends.far.read(new Uint8Array(1)).catch((error) => error);
    assertInstanceOf(told, Deno.errors.ConnectionReset);
    assertStringIncludes(told.message, "the peer ended TLS: received fatal alert");
  }
});

Deno.test("a RST in the middle of a stream is a ConnectionReset", async () => {
  using ends = await stage(inMemory);
  await ends.far.write(randomBytes(1000));
  await readExactly(ends.near, 10);
  ends.below.abort();
  assertEquals(await readExactly(ends.near, 990), randomBytes(1000).subarray(10));
  assertEquals(await outcome(ends.near.read(new Uint8Array(1))), "ConnectionReset");
  assertEquals(await ends.near.read(new Uint8Array(1)), null);
});

Deno.test("megabytes both ways at once, in writes of any size", async () => {
  using ends = await stage();
  const send = async (connection: Connection, bytes: Uint8Array) => {
    for (let at = 0, size = 1; at < bytes.length; at += size, size = 1 + (7 * size) % 200_003) {
      await connection.write(bytes.subarray(at, at + size));
    }
    await connection.closeWrite();
  };
  const [forth, back] = [randomBytes(16 * MIB, 1), randomBytes(16 * MIB, 2)];
  const [, , atFar, atNear] = await Promise.all([
    send(ends.near, forth),
    send(ends.far, back),
    readAll(ends.far, 5000),
    readAll(ends.near),
  ]);
  assertEquals([await sha256(atFar), await sha256(atNear)], [await sha256(forth), await sha256(back)]);
});

Deno.test("a peer that does not read holds up a write when little has gone: nothing is buffered without end", async () => {
  const bufferSize = 64 * 1024;
  const [near, raw] = connectionPair({ forth: { bufferSize } });
  let below = 0;
  const counting: Connection = Object.create(near, {
    read: { value: near.read.bind(near) },
    write: {
      value: async (p: Uint8Array) => {
        below += p.length;
        await near.write(p);
      },
    },
    closeWrite: { value: near.closeWrite.bind(near) },
    close: { value: near.close.bind(near) },
    abort: { value: near.abort.bind(near) },
    localAddr: { value: near.localAddr },
    remoteAddr: { value: near.remoteAddr },
  });
  const [client, server] = await secure([counting, raw]);
  using _server = server;
  below = 0;
  const writing = outcome(client.write(new Uint8Array(8 * MIB)));
  // Turns in which it could go on, if anything let it.
  for (let i = 0; i < 50; i++) {
    await server.write(new Uint8Array(1));
    await readExactly(client, 1);
  }
  assert(below <= bufferSize + 64 * 1024, `${below} bytes went out`);
  client.close();
  assertEquals(await writing, "Interrupted");
});

Deno.test("what is not read is not taken from the connection below", async () => {
  const [near, far] = connectionPair({ back: { bufferSize: 64 * 1024 } });
  const [client, server] = await secure([near, far]);
  using _client = client;
  let written = false;
  const writing = server.write(new Uint8Array(MIB)).then(() => written = true);
  for (let i = 0; i < 50; i++) {
    await client.write(new Uint8Array(1));
    await readExactly(server, 1);
  }
  assertEquals(written, false);
  await readExactly(client, MIB);
  await writing;
  server.close();
});

Deno.test("buffers are the caller's again at once", async () => {
  using ends = await stage();
  const p = randomBytes(1000);
  const kept = p.slice();
  await ends.near.write(p);
  p.fill(0);
  const buffer = new Uint8Array(600);
  const received: number[] = [];
  while (received.length < 1000) {
    const n = await ends.far.read(buffer);
    received.push(...buffer.subarray(0, n!));
    buffer.fill(0);
  }
  assertEquals(new Uint8Array(received), kept);
});

Deno.test("a second read or write while one waits is Busy", async () => {
  using ends = await stage();
  const reading = ends.near.read(new Uint8Array(4));
  await assertRejects(() => ends.near.read(new Uint8Array(4)), Deno.errors.Busy, "another read is waiting");
  const writing = outcome(ends.near.write(new Uint8Array(64 * MIB)));
  await assertRejects(() => ends.near.write(new Uint8Array(1)), Deno.errors.Busy, "another write is under way");
  await ends.far.write(new Uint8Array(2));
  assertEquals(await reading, 2);
  ends.near.close();
  assertEquals(await writing, "Interrupted");
});

Deno.test("a close of both ends at once, with and without closeWrite() before, is an end for both", async () => {
  for (const closeWrite of [false, true]) {
    using ends = await stage();
    if (closeWrite) await Promise.all([ends.near.closeWrite(), ends.far.closeWrite()]);
    const readings = [outcome(ends.near.read(new Uint8Array(1))), outcome(ends.far.read(new Uint8Array(1)))];
    ends.near.close();
    ends.far.close();
    const expected = closeWrite ? [null, "Interrupted"] : ["Interrupted"];
    for (const reading of readings) assert(expected.includes(await reading as string), `${await reading}`);
  }
});

Deno.test("STARTTLS: a plain exchange first, then TLS on the same connection", async () => {
  const [near, far] = await tcpPair();
  await far.write(new TextEncoder().encode("220 ready\r\n"));
  assertEquals((await readExactly(near, 11)).length, 11);
  const [client, server] = await secure([near, far]);
  using _client = client;
  using _server = server;
  await client.write(randomBytes(5));
  assertEquals(await readExactly(server, 5), randomBytes(5));
});

testUnless(notLinux() ?? noLibc(), "socket options and TCP_INFO are those of the connection below", async () => {
  using ends = await stage();
  setSocketOptions(ends.near, { ttl: 9 });
  assertEquals(getSocketOptions(ends.near).ttl, 9);
  assertEquals(ends.near.socketOptions.find(({ option }) => option === "ttl")?.effective, 9);
  assertEquals(tcpInfo(ends.near).state, "ESTABLISHED");
  ends.near.close();
  assertEquals(await outcome(Promise.try(() => tcpInfo(ends.near))), "BadResource");
});
