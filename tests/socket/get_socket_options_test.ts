import "../support/libc.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { getSocketOptions } from "../../lib/socket/get_socket_options.ts";
import { setSocketOptions } from "../../lib/socket/set_socket_options.ts";
import { resetSocket } from "../../lib/socket/reset_socket.ts";
import { descriptorOf } from "../../lib/socket/socket_target.ts";
import { noLibc } from "../support/libc.ts";
import { noIpv6, notLinux, testUnless } from "../support/needs.ts";
import { rawConnect, type RawSocket } from "../support/probe_descriptor_raw.ts";

const LOOPBACK = "127.0.0.1";
const missing = notLinux() ?? noLibc();
const { BadResource } = Deno.errors;

/** Where a client listens to, and where it comes from. */
const FAMILIES: [name: string, listenOn: string, connectTo: string, missing: string | undefined][] = [
  ["IPv4", LOOPBACK, LOOPBACK, missing],
  ["IPv6", "::1", "::1", missing ?? noIpv6()],
  ["mapped", "::", LOOPBACK, missing ?? noIpv6()],
];

for (const [name, hostname, to, lacking] of FAMILIES) {
  testUnless(lacking, `the options of a listener and of both ends of a connection are read: ${name}`, async () => {
    using listener = Deno.listen({ hostname, port: 0, tcpBacklog: 77 });
    using client = await Deno.connect({ hostname: to, port: listener.addr.port });
    using accepted = await listener.accept();
    for (const target of [listener, client, accepted]) {
      const { keepAlive, backlog, ...values } = getSocketOptions(target);
      assertEquals(backlog, target === listener ? 77 : undefined);
      assertEquals(keepAlive?.enabled, false);
      assertEquals([values.noDelay, values.linger, values.bindDevice, values.userTimeout], [false, false, "", 0]);
      assert(values.ttl! > 0 && values.recvBuffer! > 1000 && values.congestion !== "");
      assertEquals("source" in values, false);
    }
    assertEquals(getSocketOptions(listener).reuseAddress, true);
    assertEquals(getSocketOptions(client).reuseAddress, false);
  });

  testUnless(lacking, `each end's options are its own: ${name}`, async () => {
    using listener = Deno.listen({ hostname, port: 0 });
    using client = await Deno.connect({ hostname: to, port: listener.addr.port });
    using accepted = await listener.accept();
    client.setNoDelay(true);
    accepted.setKeepAlive(true);
    setSocketOptions(client, { ttl: 11 });
    setSocketOptions(accepted, { ttl: 12 });
    const [one, other] = [getSocketOptions(client), getSocketOptions(accepted)];
    assertEquals([one.noDelay, one.keepAlive?.enabled, one.ttl], [true, false, 11]);
    assertEquals([other.noDelay, other.keepAlive?.enabled, other.ttl], [false, true, 12]);
  });
}

/** A connection of Deno's that is accepted, and the socket that it comes from. */
async function accept(listener: Deno.TcpListener, port: number): Promise<{ conn: Deno.TcpConn; peer: RawSocket }> {
  const { port: to } = listener.addr;
  // From an address of its own: on 127.0.0.1 another test may have taken the port by the second time.
  const peer = rawConnect({ hostname: "127.77.0.1", port }, { hostname: LOOPBACK, port: to });
  return { conn: await listener.accept(), peer };
}

/** Waits until a connection knows that its peer reset it. */
async function untilReset(conn: Deno.TcpConn): Promise<void> {
  await conn.read(new Uint8Array(1)).then(() => assert(false, "not reset"), () => {});
}

testUnless(missing, "a closed connection has no options", async () => {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const client = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
  const accepted = await listener.accept();
  const asked = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
  getSocketOptions(asked);
  for (const conn of [client, accepted, asked]) {
    conn.close();
    assertThrows(() => getSocketOptions(conn), BadResource, "cannot read the options of a connection: it is closed");
    assertThrows(() => setSocketOptions(conn, { ttl: 9 }), BadResource, "cannot set the options of a connection");
  }
});

for (const isAsked of [false, true]) {
  for (const end of ["closed", "reset"] as const) {
    const title = `an accepted connection that was ${end} never answers for the next with its addresses`;
    testUnless(missing, title + (isAsked ? ", asked before" : ""), async () => {
      using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
      const first = await accept(listener, 0);
      const { port } = first.conn.remoteAddr;
      if (isAsked) getSocketOptions(first.conn);
      first.peer.reset();
      first.peer[Symbol.dispose]();
      await untilReset(first.conn);
      if (end === "closed") first.conn.close();
      const { conn, peer } = await accept(listener, port);
      try {
        assertEquals(conn.remoteAddr, first.conn.remoteAddr);
        setSocketOptions(conn, { ttl: 33 });
        // What was reset is still there for whoever had it in hand before.
        if (isAsked && end === "reset") assertNotEquals(getSocketOptions(first.conn).ttl, 33);
        else assertThrows(() => setSocketOptions(first.conn, { ttl: 44 }), BadResource, "closed or reset");
        assertEquals(getSocketOptions(conn).ttl, 33);
      } finally {
        if (end === "reset") first.conn.close();
        conn.close();
        peer[Symbol.dispose]();
      }
    });
  }
}

/** A connection of Deno's own making that was reset, and another socket with its addresses. */
async function resetAndReplace(listener: Deno.TcpListener, end: "closed" | "reset") {
  for (let attempts = 1;; attempts++) {
    const client = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
    const accepted = await listener.accept();
    resetSocket(descriptorOf(accepted)!);
    accepted.close();
    await untilReset(client);
    if (end === "closed") client.close();
    try {
      // The port, which the kernel chose, is free again: unless somebody else was given it just now.
      return { client, next: rawConnect(client.localAddr, client.remoteAddr) };
    } catch (error) {
      if (end === "reset") client.close();
      if (attempts === 10) throw error;
    }
  }
}

for (const end of ["closed", "reset"] as const) {
  const title = `a client's connection that was ${end} never answers for the next with its addresses`;
  testUnless(missing, title, async () => {
    using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
    const { client, next } = await resetAndReplace(listener, end);
    using accepted = await listener.accept();
    assertEquals(accepted.remoteAddr, client.localAddr);
    assertEquals(descriptorOf(client), undefined);
    if (end === "reset") client.close();
    next[Symbol.dispose]();
  });
}

testUnless(missing, "a UDP socket with the addresses of a connection is passed over", async () => {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  using client = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
  using accepted = await listener.accept();
  // Opened last, they are asked first.
  using _one = rawConnect(client.localAddr, client.remoteAddr, 2);
  using _other = rawConnect(accepted.localAddr, accepted.remoteAddr, 2);
  for (const conn of [client, accepted]) assert(getSocketOptions(conn).congestion, "an option of TCP");
});

testUnless(missing, "a connection is found while a write waits, and its own options stay as they are", async () => {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const client = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
  using _accepted = await listener.accept();
  const bytes = new Uint8Array(50_000_000);
  await client.write(bytes);
  const written = client.write(bytes);
  setSocketOptions(client, { ttl: 21 });
  assertEquals(getSocketOptions(client).ttl, 21);
  client.close();
  await written.catch(() => {});
});

testUnless(missing, "looking for a connection leaves TCP_NODELAY as it is", async () => {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  for (const noDelay of [true, false]) {
    using client = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
    using accepted = await listener.accept();
    client.setNoDelay(noDelay);
    accepted.setNoDelay(noDelay);
    for (const conn of [client, accepted, client]) assertEquals(getSocketOptions(conn).noDelay, noDelay);
  }
});

testUnless(missing, "a Unix socket is no TCP connection", async () => {
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  using listener = Deno.listen({ transport: "unix", path });
  using conn = await Deno.connect({ transport: "unix", path });
  using accepted = await listener.accept();
  for (const target of [conn, accepted]) {
    assertThrows(() => getSocketOptions(target as unknown as Deno.TcpConn), BadResource, "no TCP connection");
  }
  assertThrows(() => getSocketOptions(listener as unknown as Deno.TcpListener), BadResource, "listener");
  await Deno.remove(path);
});
