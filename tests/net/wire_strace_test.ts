import { assert, assertEquals, assertGreater, assertGreaterOrEqual } from "@std/assert";
import { startServer } from "../support/cli.ts";
import { noStrace, testUnless } from "../support/needs.ts";
import { type SystemCall, trace, traceServer } from "../support/wire_strace.ts";

/** When the command line sets options: the system calls, seen by strace. */
const missing = await noStrace();

/** Flags of both commands, and the calls that they are. Those that need root are in wire_syn_test.ts. */
const SHARED = {
  flags:
    "--keepalive-idle 9 --keepalive-interval 2 --keepalive-count 3 --send-buffer 8192 --linger 3 --notsent-lowat 4096",
  calls: ["SO_KEEPALIVE 1", "TCP_KEEPIDLE 9", "TCP_KEEPINTVL 2", "TCP_KEEPCNT 3", "SO_SNDBUF 8192", "SO_LINGER"]
    .concat(["TCP_NOTSENT_LOWAT 4096", "TCP_NODELAY 1"]),
};
/** The same, of those that shape the SYN. */
const SHAPING = {
  flags: "--mss 600 --recv-buffer 4096 --user-timeout 9s --congestion reno --tos 16 --ttl 33 --bind-device lo",
  calls: ["TCP_MAXSEG 600", "SO_RCVBUF 4096", "TCP_USER_TIMEOUT 9000", "TCP_CONGESTION", "IP_TOS 16", "IP_TTL 33"]
    .concat(["SO_BINDTODEVICE"]),
};

/** Has `count` connections exchange `messages` messages with a server, one after the other. */
async function exchange(port: number, count: number, messages: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    for (let j = 0; j < messages; j++) {
      await conn.write(new Uint8Array(10));
      for (let came = 0; came < 10;) came += await conn.read(new Uint8Array(10)) ?? 10;
    }
    // The next comes when the server is through with this one.
    await conn.closeWrite();
    assertEquals(await conn.read(new Uint8Array(1)), null);
  }
}

/** The calls of a server that had connections: on its listener, and on each connection. */
async function callsOfServer(
  { flags, connections, messages }: { flags: string; connections: number; messages: number },
): Promise<{ beforeListen: SystemCall[]; beforeAccept: SystemCall[]; perConnection: SystemCall[][] }> {
  const { traced, server } = await traceServer(flags.split(" ").filter(Boolean));
  await using _traced = traced;
  await using _server = server;
  await exchange(server.port, connections, messages);
  await server.stop();
  const calls = await traced.calls();
  const listening = calls.findIndex(({ name }) => name === "listen");
  const { fd } = calls[listening];
  const isAccept = ({ name, fd: of, result }: SystemCall) => name === "accept4" && of === fd && result >= 0;
  const onListener = (part: SystemCall[]) => part.filter((call) => call.fd === fd && call.option);
  const accepts = calls.flatMap((call, i) => isAccept(call) ? [i] : []);
  assertEquals(accepts.length, connections);
  assertEquals(onListener(calls.slice(accepts[0])), []);
  const perConnection = accepts.map((at) => {
    const ofConnection = calls.slice(at + 1);
    const end = ofConnection.findIndex(({ name, fd }) => name === "close" && fd === calls[at].result);
    return ofConnection.slice(0, end).filter(({ fd }) => fd === calls[at].result);
  });
  return {
    beforeListen: onListener(calls.slice(0, listening)),
    beforeAccept: onListener(calls.slice(listening, accepts[0])),
    perConnection,
  };
}

testUnless(missing, "a server sets its options once, on the listener, and none on its connections", async () => {
  const flags = `${SHARED.flags} ${SHAPING.flags} --defer-accept 5s`;
  const [one, twenty, plain] = await Promise.all([
    callsOfServer({ flags, connections: 1, messages: 1 }),
    callsOfServer({ flags, connections: 20, messages: 1 }),
    callsOfServer({ flags: "", connections: 1, messages: 1 }),
  ]);
  for (const { beforeListen, beforeAccept, perConnection } of [one, twenty]) {
    assertEquals(beforeListen.map(({ option }) => option), ["SO_REUSEADDR 1"]);
    assertEquals(
      beforeAccept.map(({ option }) => option).sort(),
      [...SHARED.calls, ...SHAPING.calls, "TCP_DEFER_ACCEPT 5"].sort(),
    );
    assertEquals(perConnection.flat().filter(({ option }) => option), []);
  }
  assertEquals(twenty.perConnection.length, 20);
  // Without the C library there are two on each connection, which is Deno's own way.
  assertEquals(plain.beforeAccept, []);
  const ofPlain = plain.perConnection[0].flatMap(({ option }) => option ?? []);
  assertEquals(ofPlain.sort(), ["SO_KEEPALIVE 1", "TCP_NODELAY 1"]);
});

testUnless(missing, "quick ACK is set on each connection, and again after each read", async () => {
  const { beforeAccept, perConnection } = await callsOfServer({ flags: "--quickack", connections: 3, messages: 4 });
  assertEquals(beforeAccept.map(({ option }) => option).sort(), ["SO_KEEPALIVE 1", "TCP_NODELAY 1"]);
  for (const calls of perConnection) {
    // Reads that had to wait read nothing.
    const sequence = calls.filter(({ name, result }) => name === "setsockopt" || (name === "recvfrom" && result >= 0))
      .map(({ option, result }) => option ?? `${result} bytes`);
    const message = ["10 bytes", "TCP_QUICKACK 1"];
    assertEquals(sequence.slice(0, 9), ["TCP_QUICKACK 1", ...message, ...message, ...message, ...message]);
  }
});

testUnless(missing, "a client sets what shapes the SYN before its connect(), and the rest after", async () => {
  await using server = await startServer();
  const shaping = `${SHAPING.flags} --syn-retries 2 --source 127.0.0.1`;
  const flags = `${SHARED.flags} ${shaping} --quickack hi`;
  await using traced = await trace(["send", `127.0.0.1:${server.port}`, ...flags.split(" ")]);
  const { code } = await traced.process.output();
  assertEquals(code, 0);
  const all = await traced.calls();
  const target = all.find(({ name, args }) => name === "connect" && args.includes(`htons(${server.port})`))!;
  const calls = all.slice(0, all.indexOf(target)).filter(({ fd }) => fd === target.fd);
  const after = all.slice(all.indexOf(target) + 1).filter(({ fd }) => fd === target.fd);
  // Deno makes the socket for an address of ours, from which it is taken away again: see lib/net/parking.ts.
  const [home, nowhere] = calls.filter(({ name }) => name === "connect");
  assert(home.args.includes("127.0.0.1") && nowhere.args.includes("AF_UNSPEC"), home.args + nowhere.args);
  const before = calls.slice(calls.indexOf(nowhere)).flatMap(({ option }) => option ?? []);
  const binding = ["SO_REUSEADDR 1", "IP_BIND_ADDRESS_NO_PORT 1"];
  assertEquals(before.sort(), [...SHAPING.calls, "TCP_SYNCNT 2", ...binding].sort());
  assertGreater(calls.findLastIndex(({ name }) => name === "bind"), calls.indexOf(nowhere));
  const later = after.flatMap(({ option }) => option ?? []);
  const others = later.filter((option) => option !== "TCP_QUICKACK 1");
  assertEquals(others.sort(), SHARED.calls.toSorted());
  // Once after connecting, once more after the echo was read.
  assertGreaterOrEqual(later.length - others.length, 2);
});
