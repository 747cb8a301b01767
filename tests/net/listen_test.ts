import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { acceptLoop } from "../../lib/net/accept_loop.ts";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen, type ListenOptions } from "../../lib/net/listen.ts";
import { missingProgram, noIpv6, notLinux, testUnless } from "../support/needs.ts";
import { makeNetns, noNetns } from "../support/netns.ts";
import { listenProbeArgs, type ListenResult } from "../support/probe_listen.ts";

async function runProbe(command: Deno.Command): Promise<{ code: number; result: ListenResult }> {
  const { code, stdout } = await command.output();
  return { code, result: JSON.parse(new TextDecoder().decode(stdout)) };
}

Deno.test("listen() takes a free port of 127.0.0.1 unless told otherwise", async () => {
  using first = listen();
  using second = listen({ port: 0 });
  assertEquals([first.addr.hostname, second.addr.hostname], ["127.0.0.1", "127.0.0.1"]);
  assert(first.addr.port > 0 && second.addr.port > 0 && first.addr.port !== second.addr.port);
  using client = await connect(first.addr);
  using connection = await first.accept();
  assertEquals([connection.remoteAddr, connection.localAddr], [client.localAddr, first.addr]);
});

testUnless(noIpv6(), "listen() on ::1", async () => {
  using listener = listen({ hostname: "::1" });
  assertEquals(listener.addr.hostname, "::1");
  using client = await connect(listener.addr);
  using connection = await listener.accept();
  assertEquals(connection.remoteAddr, client.localAddr);
});

testUnless(notLinux() ?? noIpv6(), "listen() on :: accepts IPv4 and IPv6", async () => {
  using listener = listen({ hostname: "::" });
  for (const [hostname, seenAs] of [["127.0.0.1", "::ffff:127.0.0.1"], ["::1", "::1"]]) {
    using client = await connect({ hostname, port: listener.addr.port });
    using connection = await listener.accept();
    assertEquals(connection.remoteAddr, { hostname: seenAs, port: client.localAddr.port });
  }
});

Deno.test("listen() on 0.0.0.0 and on a name", async () => {
  for (const hostname of ["0.0.0.0", "localhost"]) {
    using listener = listen({ hostname });
    using _client = await connect({ hostname: "localhost", port: listener.addr.port });
    using connection = await listener.accept();
    assertEquals(connection.localAddr.port, listener.addr.port);
  }
});

type ErrorClass = new (message: string) => Error;

function assertListenError(options: ListenOptions, error: ErrorClass, message: string, cause?: ErrorClass): void {
  const thrown = assertThrows(() => listen(options), error);
  assertEquals(thrown.message, message);
  if (cause) assertInstanceOf(thrown.cause, cause);
}

Deno.test("listen() on a port in use: AddrInUse", () => {
  const { AddrInUse } = Deno.errors;
  using listener = listen();
  const { port } = listener.addr;
  const reason = "another socket listens there (address in use)";
  assertListenError({ port }, AddrInUse, `cannot listen on 127.0.0.1:${port}: ${reason}`, AddrInUse);
});

// Elsewhere the two may stand side by side, and the one that names the address gets its connections.
testUnless(notLinux(), "listen() on every address, with the port in use on one: AddrInUse", () => {
  const { AddrInUse } = Deno.errors;
  using listener = listen();
  const { port } = listener.addr;
  const message = `cannot listen on 0.0.0.0:${port}: another socket listens there (address in use)`;
  assertListenError({ port, hostname: "0.0.0.0" }, AddrInUse, message, AddrInUse);
});

Deno.test("listen() on an address of somebody else: AddrNotAvailable", () => {
  const { AddrNotAvailable } = Deno.errors;
  // Kept for documentation (RFC 5737): nobody has it. Binding sends nothing.
  const message = "cannot listen on 192.0.2.1:0: this machine does not have that address";
  assertListenError({ hostname: "192.0.2.1" }, AddrNotAvailable, message, AddrNotAvailable);
});

Deno.test("listen() on a name without an address: NotFound", () => {
  // .invalid never resolves (RFC 6761); the others cannot be names.
  for (const hostname of ["no.such.host.invalid", "", "a b"]) {
    const message = `cannot listen on ${hostname}:0: host name not found`;
    assertListenError({ hostname }, Deno.errors.NotFound, message, Error);
  }
});

Deno.test("listen() refuses ports and backlogs out of range, on both sides of each border", () => {
  for (const port of [-1, 65536, 1.5, NaN]) {
    const message = `cannot listen on port ${port}: use a whole number from 0 to 65535`;
    assertListenError({ port }, RangeError, message);
  }
  for (const backlog of [0, -1, 2 ** 31, NaN, Infinity]) {
    assertListenError({ backlog }, RangeError, `cannot set backlog to ${backlog}: use 1 to 2147483647`);
  }
  for (const backlog of [1, 2 ** 31 - 1]) listen({ backlog }).close();
});

Deno.test("listen() without the net permission: NotCapable", async () => {
  const args = listenProbeArgs([{}]).filter((arg) => arg !== "--allow-net");
  const { code, result } = await runProbe(new Deno.Command(Deno.execPath(), { args }));
  assertEquals([code, result.name, result.cause], [0, "NotCapable", "NotCapable"]);
  assertEquals(result.message, "cannot listen on 127.0.0.1:0: net permission is missing");
});

const noPrivileges = await noNetns() ?? await missingProgram("setpriv");

testUnless(noPrivileges, "listen() on a port below 1024 without the privilege: PermissionDenied", async () => {
  // Containers often lower the border for everybody; a namespace has its own.
  await using netns = await makeNetns();
  await netns.sysctl("net.ipv4.ip_unprivileged_port_start", 1024);
  const drop = ["--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service", Deno.execPath()];
  const run = (port: number) => runProbe(netns.command("setpriv", [...drop, ...listenProbeArgs([{ port }])]));
  const { result } = await run(1023);
  assertEquals([result.name, result.cause], ["PermissionDenied", "PermissionDenied"]);
  assertStringIncludes(
    result.message!,
    "cannot listen on 127.0.0.1:1023: port 1023 needs a privilege (ports below 1024 do)",
  );
  assertStringIncludes(
    result.message!,
    "sysctl net.ipv4.ip_unprivileged_port_start=1023, or setcap cap_net_bind_service",
  );
  assertEquals((await run(1024)).result, { port: 1024 });
});

testUnless(notLinux(), "reusePort: several listeners share a port", async () => {
  using first = listen({ reusePort: true });
  const { port } = first.addr;
  using second = listen({ port, reusePort: true });
  assertEquals(second.addr.port, port);
  assertThrows(() => listen({ port }), Deno.errors.AddrInUse);
  // The kernel spreads by a hash of the ports: that 64 in a row come to one has a chance of 1 in 2^63.
  const clients = await Promise.all(Array.from({ length: 64 }, () => connect({ port })));
  const counts = [0, 0];
  const all = Promise.withResolvers<void>();
  const loops = [first, second].map((listener, i) =>
    acceptLoop(listener, (connection) => {
      connection.close();
      counts[i]++;
      if (counts[0] + counts[1] === clients.length) all.resolve();
    })
  );
  await all.promise;
  for (const opened of [first, second, ...clients]) opened.close();
  await Promise.all(loops);
  assert(counts[0] > 0 && counts[1] > 0, `${counts}`);
});

Deno.test("reusePort where Deno lacks the flag: NotSupported, and the process lives", async () => {
  const args = listenProbeArgs([{ reusePort: true }]);
  const { code, result } = await runProbe(new Deno.Command(Deno.execPath(), { args }));
  assertEquals([code, result.name], [0, "NotSupported"]);
  const remedy = 'reusePort needs Linux and Deno\'s --unstable-net (or "unstable": ["net"] in deno.json)';
  assertEquals(result.message, `cannot share 127.0.0.1:0: ${remedy}`);
});

Deno.test("close() ends a waiting accept(), and each one after it, with BadResource", async () => {
  const listener = listen();
  const accepting = assertRejects(() => listener.accept(), Deno.errors.BadResource);
  listener.close();
  await accepting;
  await assertRejects(() => listener.accept(), Deno.errors.BadResource);
  listener.close();
  listener[Symbol.dispose]();
});

Deno.test("close() resets connections that nobody accepted", async () => {
  const listener = listen();
  using client = await connect(listener.addr);
  listener.close();
  await assertRejects(() => client.read(new Uint8Array(1)), Deno.errors.ConnectionReset);
});

Deno.test("accept() takes a peer that was gone before its options were set for one that is not connected", async () => {
  // The kernel's timing cannot be arranged; the error is what Deno gave when it was.
  let closed = 0;
  const conn = {
    setNoDelay: () => {
      throw new TypeError("Invalid argument (os error 22)");
    },
    close: () => void closed++,
  };
  const original = Deno.listen;
  Deno.listen = (() => ({ addr: { hostname: "127.0.0.1", port: 1 }, accept: () => Promise.resolve(conn) })) as never;
  try {
    const error: Error = await assertRejects<Error>(
      (): Promise<Connection> => listen().accept(),
      Deno.errors.NotConnected,
      "the peer was gone before it was accepted",
    );
    assertInstanceOf(error.cause, TypeError);
    assertEquals(closed, 1);
  } finally {
    Deno.listen = original;
  }
});
