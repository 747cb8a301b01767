import "../support/libc.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { getSocketOptions } from "../../lib/socket/get_socket_options.ts";
import { setSocketOptions } from "../../lib/socket/set_socket_options.ts";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";
import type { SocketOptions } from "../../lib/socket/socket_options.ts";
import { noLibc } from "../support/libc.ts";
import { noIpv6, notLinux, testUnless } from "../support/needs.ts";
import { whenFree } from "../support/when_free.ts";

const LOOPBACK = "127.0.0.1";
const missing = notLinux() ?? noLibc();
const { BadResource } = Deno.errors;

/** Options that any user may set, and none of them as the kernel has it. */
const OPTIONS = {
  keepAlive: { idle: 31_000, interval: 7000, count: 4 },
  noDelay: true,
  userTimeout: 2500,
  linger: 3000,
  congestion: "reno",
  tos: 0x28,
  ttl: 33,
  notSentLowat: 16384,
  recvBuffer: 50_000,
  sendBuffer: 60_000,
} satisfies SocketOptions;

const READ_BACK = {
  ...OPTIONS,
  keepAlive: { enabled: true, ...OPTIONS.keepAlive },
  recvBuffer: 100_000,
  sendBuffer: 120_000,
};

/** Those of the values that were set. */
function read(target: Deno.TcpConn | Deno.TcpListener): unknown {
  const values = getSocketOptions(target) as Record<string, unknown>;
  return Object.fromEntries(Object.keys(READ_BACK).map((name) => [name, values[name]]));
}

const FAMILIES: [name: string, listenOn: string, connectTo: string, missing: string | undefined][] = [
  ["IPv4", LOOPBACK, LOOPBACK, missing],
  ["IPv6", "::1", "::1", missing ?? noIpv6()],
  ["mapped", "::", LOOPBACK, missing ?? noIpv6()],
];

for (const [name, hostname, to, lacking] of FAMILIES) {
  testUnless(lacking, `what is set on either end is read back: ${name}`, async () => {
    using listener = Deno.listen({ hostname, port: 0 });
    using client = await Deno.connect({ hostname: to, port: listener.addr.port });
    using accepted = await listener.accept();
    for (const conn of [client, accepted]) {
      const reports = setSocketOptions(conn, OPTIONS);
      assertEquals(read(conn), READ_BACK);
      const changed = reports.filter((report) => report.effective !== report.requested);
      assertEquals(changed.map(({ option, effective, note }) => [option, effective, note]), [
        ["recvBuffer", 100_000, "doubled by the kernel for its bookkeeping"],
        ["sendBuffer", 120_000, "doubled by the kernel for its bookkeeping"],
      ]);
      assert(
        reports.every(({ how, note, requested, effective }) =>
          how !== "" && (note === undefined) === (requested === effective)
        ),
      );
    }
  });

  testUnless(lacking, `accepted connections inherit what is set on the listener: ${name}`, async () => {
    using listener = Deno.listen({ hostname, port: 0 });
    setSocketOptions(listener, OPTIONS);
    assertEquals(read(listener), READ_BACK);
    using _client = await Deno.connect({ hostname: to, port: listener.addr.port });
    using accepted = await listener.accept();
    assertEquals(read(accepted), READ_BACK);
  });
}

/** A connection, both ends of it, and their listener. */
async function openPair() {
  const listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const client = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
  const accepted = await listener.accept();
  const close = () => [accepted, client, listener].forEach((resource) => resource.close());
  return { listener, client, accepted, [Symbol.dispose]: close };
}

testUnless(missing, "reports come in the table's order, raw ones last", async () => {
  using pair = await openPair();
  const raw = [{ level: 1, name: 12, value: 5 }]; // SO_PRIORITY
  const options = { raw, ttl: 33, quickAck: false, keepAlive: { count: 5 } };
  const reports = setSocketOptions(pair.client, options);
  assertEquals(reports.map((report) => [report.option, report.requested]), [
    ["quickAck", false],
    ["keepAlive", true],
    ["keepAlive.count", 5],
    ["ttl", 33],
    ["1:12", 5],
  ]);
  assertEquals(reports.slice(-2).map((report) => report.effective), [33, 5]);
});

testUnless(missing, "keepalive and linger are switched off again", async () => {
  using pair = await openPair();
  setSocketOptions(pair.accepted, { keepAlive: { idle: 5000 }, linger: 0 });
  assertEquals(getSocketOptions(pair.accepted).linger, 0);
  setSocketOptions(pair.accepted, { keepAlive: false, linger: false });
  const { keepAlive, linger } = getSocketOptions(pair.accepted);
  assertEquals([keepAlive?.enabled, keepAlive?.idle, linger], [false, 5000, false]);
});

testUnless(missing, "nothing is set where one of the values is wrong", async () => {
  using pair = await openPair();
  const before = getSocketOptions(pair.client);
  const wrong: [object, typeof RangeError | typeof TypeError, string][] = [
    [{ noDelay: true, ttl: 0 }, RangeError, "cannot set ttl to 0: use 1 to 255"],
    [{ noDelay: true, keepAlive: { idle: 1500 } }, RangeError, "the nearest is 2000 ms (2s)"],
    [{ noDelay: true, ttl: "9" }, TypeError, 'cannot set ttl to "9": use a number'],
    [{ noDelay: true, nodelay: true }, TypeError, 'cannot set "nodelay": use one of '],
    [{ noDelay: true, mss: 1000 }, TypeError, "cannot set mss on a connection that stands"],
    [{ noDelay: true, deferAccept: 1000 }, TypeError, "cannot set deferAccept on a connection that stands"],
    [{ noDelay: true, raw: [{ level: 0, name: 2, value: 2 ** 31 }] }, RangeError, "cannot set 0:2 to 2147483648"],
  ];
  for (const [options, ErrorClass, message] of wrong) {
    assertThrows(() => setSocketOptions(pair.client, options), ErrorClass, message);
  }
  assertThrows(
    () => setSocketOptions(pair.listener, { quickAck: true }),
    TypeError,
    "cannot set quickAck on a listener",
  );
  assertEquals(getSocketOptions(pair.client), before);
});

testUnless(missing, "what the kernel does not take is an error; what comes before it in the table is set", async () => {
  using pair = await openPair();
  const set = () => setSocketOptions(pair.client, { ttl: 33, congestion: "no-such-one", userTimeout: 1234 });
  const error = assertThrows(
    set,
    SocketOptionError,
    "cannot set congestion to no-such-one: this kernel has no algorithm",
  );
  assertEquals([error.option, error.kind], ["congestion", "rejected"]);
  const { userTimeout, ttl } = getSocketOptions(pair.client);
  assertEquals(userTimeout, 1234);
  assertNotEquals(ttl, 33);
  const raw = assertThrows(() => setSocketOptions(pair.client, { raw: [{ level: 6, name: 9999, value: 1 }] }));
  assertEquals([(raw as SocketOptionError).kind, (raw as SocketOptionError).option], ["unsupported", "6:9999"]);
  assertThrows(() => setSocketOptions(pair.client, { bindDevice: "no-such-one" }), SocketOptionError, "bindDevice");
});

testUnless(missing, "a listener has options of its own", async () => {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const reports = setSocketOptions(listener, { mss: 1000, deferAccept: 5000, fastOpen: true });
  assertEquals(reports.map(({ option, requested, effective }) => [option, requested, effective]), [
    // The kernel counts SYN-ACKs, which it sends after 1, 2 and 4 seconds: two of them would be 3 seconds only.
    ["deferAccept", 5000, 7000],
    ["fastOpen", true, true],
    ["mss", 1000, 1000],
  ]);
  const { mss, deferAccept, fastOpen } = getSocketOptions(listener);
  assertEquals([mss, deferAccept, fastOpen], [1000, 7000, true]);
  // It shapes the SYN-ACK: the peer sends no more at a time, less what timestamps take.
  using client = await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port });
  const sent = getSocketOptions(client).mss!;
  assert(sent > 900 && sent <= 1000, `${sent}`);
});

testUnless(missing, "a closed listener has no options", async () => {
  // An address of its own, so that no other test takes the port in between.
  const hostname = "127.77.0.2";
  const never = Deno.listen({ hostname, port: 0 });
  const asked = Deno.listen({ hostname, port: 0 });
  getSocketOptions(asked);
  for (const listener of [never, asked]) {
    listener.close();
    assertThrows(() => setSocketOptions(listener, { ttl: 9 }), BadResource, "cannot set the options of a listener");
  }
  // Another has the port of the one that was known; that one knows that it is gone.
  using next = await whenFree(() => Deno.listen({ hostname, port: asked.addr.port }));
  setSocketOptions(next, { ttl: 33 });
  assertThrows(() => setSocketOptions(asked, { ttl: 44 }), BadResource, "cannot set the options of a listener");
  assertEquals(getSocketOptions(next).ttl, 33);
});

/** Needs `--unstable-net`; without it `reusePort` ends the program. */
const noReusePort = missing ?? ("listenDatagram" in Deno ? undefined : "needs --unstable-net");

testUnless(noReusePort, "listeners that share a port are told apart only where it is certain", () => {
  const first = Deno.listen({ hostname: LOOPBACK, port: 0, reusePort: true });
  const { port } = first.addr;
  setSocketOptions(first, { ttl: 31 });
  using second = Deno.listen({ hostname: LOOPBACK, port, reusePort: true });
  using third = Deno.listen({ hostname: LOOPBACK, port, reusePort: true });
  for (const listener of [second, third]) {
    assertThrows(() => setSocketOptions(listener, { ttl: 32 }), BadResource, "shares its port with others");
  }
  // It was known before the others came.
  assertEquals(getSocketOptions(first).ttl, 31);
  first.close();
  assertThrows(() => getSocketOptions(first), BadResource);
  third.close();
  assertNotEquals(getSocketOptions(second).ttl, 31);
});

testUnless(missing ?? noIpv6(), "listeners on the same port of other addresses are told apart", () => {
  using six = Deno.listen({ hostname: "::1", port: 0 });
  const { port } = six.addr;
  using one = Deno.listen({ hostname: "127.77.0.3", port });
  using other = Deno.listen({ hostname: "127.77.0.4", port });
  [one, other, six].forEach((listener, i) => setSocketOptions(listener, { ttl: 41 + i }));
  assertEquals([one, other, six].map((listener) => getSocketOptions(listener).ttl), [41, 42, 43]);
});
