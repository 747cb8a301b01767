import net from "node:net";
import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { adoptSocket } from "../../lib/net/adopt_socket.ts";
import { connectFromSource } from "../../lib/net/connect_from_source.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { type ConnectionProfile, PLAIN_PROFILE, profileOf } from "../../lib/net/connection_profile.ts";
import { dial } from "../../lib/net/dial.ts";
import { listen } from "../../lib/net/listen.ts";
import { getSocketOptions } from "../../lib/socket/get_socket_options.ts";
import { readSettings, setSettings } from "../../lib/socket/planned_setting.ts";
import { settingsOf } from "../../lib/socket/settings.ts";
import { socketName } from "../../lib/socket/socket_kind.ts";
import type { SocketOptions } from "../../lib/socket/socket_options.ts";
import { DESCRIPTOR } from "../../lib/socket/socket_target.ts";
import { randomBytes } from "../support/bytes.ts";
import { outcome, readAll, readExactly } from "../support/contract_connection.ts";
import { libc, noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";

// The contract of Connection is kept by tests/net/connection_contract_test.ts: here is what is special to node:net's sockets.
const missing = notLinux() ?? noLibc();

interface Pair extends Disposable {
  readonly near: Connection & ReturnType<typeof adoptSocket>;
  readonly far: Connection;
  readonly fd: number;
}

/** A socket of the C library that node:net has taken on, with a profile that is made of its descriptor. */
async function adoptedPair(profile: (fd: number) => ConnectionProfile = () => PLAIN_PROFILE): Promise<Pair> {
  using listener = listen();
  const target = listener.addr;
  const fd = await dial(libc!, { target, settings: [], signal: new AbortController().signal });
  const ends = { fd, localAddr: socketName(libc!, fd)!, remoteAddr: target };
  const near = adoptSocket(new net.Socket({ fd, allowHalfOpen: true }), ends, profile(fd));
  const far = await listener.accept();
  return { near, far, fd, [Symbol.dispose]: () => [near, far].forEach((end) => end.close()) };
}

/** The profile of options that were set on it. */
function profileWith(options: SocketOptions): (fd: number) => ConnectionProfile {
  const planned = settingsOf(options, "connect").map((setting) => ({ setting, how: "for the test" }));
  return (fd) => {
    setSettings(fd, planned);
    return profileOf(planned, readSettings(fd, planned));
  };
}

testUnless(missing, "adopted: abort() sends RST without a FIN before it", async () => {
  using pair = await adoptedPair();
  const reading = outcome(pair.far.read(new Uint8Array(1)));
  pair.near.abort();
  assertEquals(await reading, "ConnectionReset");
});

testUnless(missing, "adopted: close() with linger 0 sends RST, and with another linger FIN", async () => {
  for (const [linger, told] of [[0, "ConnectionReset"], [1000, null], [false, null]] as const) {
    using pair = await adoptedPair(profileWith({ linger }));
    const reading = outcome(pair.far.read(new Uint8Array(1)));
    pair.near.close();
    assertEquals(await reading, told, `linger ${linger}`);
  }
});

testUnless(missing, "adopted: close() sends RST where bytes came that nobody read, as the kernel does", async () => {
  using pair = await adoptedPair();
  await pair.far.write(new Uint8Array(10));
  await readExactly(pair.near, 1);
  const reading = outcome(pair.far.read(new Uint8Array(1)));
  pair.near.close();
  assertEquals(await reading, "ConnectionReset");
});

testUnless(missing, "adopted: what is not read is not taken from the kernel without end", async () => {
  using pair = await adoptedPair();
  const bytes = randomBytes(32 * 1024 * 1024);
  let written = false;
  const writing = pair.far.write(bytes).then(() => written = true);
  // The other way round meanwhile: each turn lets node:net read as much as it will.
  for (let i = 0; i < 200; i++) {
    await pair.near.write(new Uint8Array(1));
    await readExactly(pair.far, 1);
  }
  assertEquals(written, false);
  const received = readExactly(pair.near, bytes.length);
  await writing;
  assertEquals((await received).every((byte, i) => byte === bytes[i]), true);
});

testUnless(missing, "adopted: bytes that came at once are read in pieces of any size", async () => {
  using pair = await adoptedPair();
  const bytes = randomBytes(1000);
  await pair.far.write(bytes.subarray(0, 600));
  const first = await readExactly(pair.near, 1);
  await pair.far.write(bytes.subarray(600));
  await pair.far.closeWrite();
  const rest = await readAll(pair.near, 7);
  assertEquals([...first, ...rest], [...bytes]);
});

testUnless(
  missing,
  "adopted: a second read or write while one waits is Busy, and takes nothing from the first",
  async () => {
    using pair = await adoptedPair();
    const reading = pair.near.read(new Uint8Array(4));
    await assertRejects(() => pair.near.read(new Uint8Array(4)), Deno.errors.Busy, "another read is waiting");
    const writing = outcome(pair.near.write(new Uint8Array(64 * 1024 * 1024)));
    await assertRejects(() => pair.near.write(new Uint8Array(1)), Deno.errors.Busy, "another write is under way");
    await pair.far.write(new Uint8Array(2));
    assertEquals(await reading, 2);
    pair.near.close();
    assertEquals(await writing, "Interrupted");
  },
);

testUnless(missing, "adopted: the descriptor is told while it is open, and not after", async () => {
  using pair = await adoptedPair();
  assertEquals(pair.near[DESCRIPTOR](), pair.fd);
  pair.near.close();
  assertEquals(pair.near[DESCRIPTOR](), undefined);
  using reset = await adoptedPair();
  reset.far.abort();
  assertEquals(await outcome(reset.near.read(new Uint8Array(1))), "ConnectionReset");
  assertEquals(reset.near[DESCRIPTOR](), undefined, "node:net closes what the peer has reset");
});

testUnless(missing, "adopted: options are read now, and after close() as they were", async () => {
  using pair = await adoptedPair(profileWith({ ttl: 9, keepAlive: { idle: 5000 } }));
  const effective = () => pair.near.socketOptions.map(({ option, effective }) => [option, effective]);
  const set = [["keepAlive", true], ["keepAlive.idle", 5000], ["ttl", 9]];
  assertEquals(effective(), set);
  libc!.setsockopt(pair.fd, 0, 2, new Uint8Array([7, 0, 0, 0]), 4);
  assertEquals(effective().at(-1), ["ttl", 7]);
  assertEquals(getSocketOptions(pair.near).ttl, 7);
  pair.near.close();
  assertEquals(effective(), set);
});

testUnless(missing, "adopted: quick ACK is set again after each read", async () => {
  const quickAck = (fd: number) => {
    const value = new Uint8Array(4);
    libc!.getsockopt(fd, 6, 12, value, new Uint8Array([4, 0, 0, 0]));
    return value[0] === 1;
  };
  for (const options of [{ quickAck: true }, {}]) {
    using pair = await adoptedPair(profileWith(options));
    libc!.setsockopt(pair.fd, 6, 12, new Uint8Array(4), 4);
    await pair.far.write(new Uint8Array(10));
    await readExactly(pair.near, 10);
    assertEquals(quickAck(pair.fd), "quickAck" in options);
  }
});

Deno.test("a peer's reset at every moment of a connection from a source is an error of that connection", async () => {
  const { signal } = new AbortController();
  const told = new Set<string>();
  for (let i = 0; i < 50; i++) {
    using listener = listen();
    const accepting = listener.accept().then((far) => far.abort());
    const connecting = connectFromSource(listener.addr, [], { hostname: "127.0.0.1", port: 0 }, signal);
    try {
      using near = await connecting;
      assertEquals(near.remoteAddr, listener.addr);
      told.add(String(await outcome(near.read(new Uint8Array(1)))));
    } catch (error) {
      told.add((error as { code?: string }).code ?? `${error}`);
    }
    await accepting;
  }
  for (const what of told) assertEquals(["ConnectionReset", "ECONNRESET", "null"].includes(what), true, what);
  assertLess(told.size, 4);
});
