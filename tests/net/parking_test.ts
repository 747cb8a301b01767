import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertThrows } from "@std/assert";
import { connect } from "../../lib/net/connect.ts";
import { listen } from "../../lib/net/listen.ts";
import { connectParked } from "../../lib/net/parking.ts";
import { socketName } from "../../lib/socket/socket_kind.ts";
import { libc, noLibc } from "../support/libc.ts";
import { makeNetns, noNetns } from "../support/netns.ts";
import { noIpv6, notLinux, testUnless } from "../support/needs.ts";
import { type Probe, probeArgs, runProbes } from "../support/probe_connect.ts";
import type { ParkingOrder, ParkingResult } from "../support/probe_parking.ts";
import { countingLibc } from "../support/counting_libc.ts";

const missing = notLinux() ?? noLibc();
const { signal } = new AbortController();

for (const hostname of ["127.0.0.1", "::1"]) {
  const lacks = missing ?? (hostname === "::1" ? noIpv6() : undefined);
  testUnless(lacks, `connectParked(): Deno's own connection, to the target, on ${hostname}`, async () => {
    using listener = listen({ hostname });
    const parked = connectParked(libc!, { target: listener.addr, settings: [], signal })!;
    using conn = await parked.conn;
    using accepted = await listener.accept();
    assertEquals(accepted.remoteAddr, socketName(libc!, parked.fd));
    assertEquals([conn.remoteAddr.hostname, conn.remoteAddr.port], [hostname, listener.addr.port]);
    assertEquals(conn.localAddr.port, accepted.remoteAddr.port);
    await conn.write(new Uint8Array([7]));
    const byte = new Uint8Array(1);
    assertEquals([await accepted.read(byte), byte[0]], [1, 7]);
  });

  testUnless(
    lacks,
    `connect() with options before the SYN has the addresses of both ends, on ${hostname}`,
    async () => {
      for (const options of [{ ttl: 9 }, { ttl: 9, fastOpen: true }, { source: hostname }]) {
        using listener = listen({ hostname });
        using connection = await connect({ ...listener.addr, ...options });
        using accepted = await listener.accept();
        assertEquals([connection.remoteAddr, connection.localAddr], [listener.addr, accepted.remoteAddr]);
      }
    },
  );
}

testUnless(missing, "parking is given up where there is no loopback to be had, and leaves nothing open", () => {
  using listener = listen();
  const { counting, open } = countingLibc(libc!);
  const options = { target: listener.addr, settings: [], signal };
  for (const failing of ["bind", "listen"] as const) {
    const broken = { ...counting, [failing]: () => -1 };
    assertEquals(connectParked(broken, options), undefined);
  }
  // Where the socket cannot be taken off again.
  const stuck = { ...counting, connect: () => -1 };
  assertEquals(connectParked(stuck, options), undefined);
  // And where the target's SYN fails at once.
  const unreachable = {
    ...counting,
    connect: (fd: number, address: Uint8Array, length: number) =>
      address[0] === 0 ? libc!.connect(fd, address, length) : -1,
    errno: () => 101,
  };
  assertThrows(() => connectParked(unreachable, options), Error, "no route to that network");
  assertEquals(open.size, 0);
});

async function runProbe(order: ParkingOrder): Promise<ParkingResult> {
  const program = import.meta.resolve("../support/probe_parking.ts");
  const args = ["run", "-q", "--no-config", "--no-prompt", "--no-lock", "-A", program, JSON.stringify(order)];
  const signal = AbortSignal.timeout(60_000);
  const ended = await new Deno.Command(Deno.execPath(), { args, stdin: "null", signal }).output();
  const text = new TextDecoder().decode(ended.stdout);
  assert(text.startsWith("{"), `exit ${ended.code}, ${ended.signal}: ${new TextDecoder().decode(ended.stderr)}`);
  return JSON.parse(text);
}

testUnless(
  missing ?? noIpv6(),
  "500 connects of every end leave no descriptor open, and 100 at once are not mixed up",
  async () => {
    const { outcomes, leaked, wrong } = await runProbe({ rounds: 25, atOnce: 100, workers: 0 });
    const ends = {
      "made": "made",
      "made by Fast Open": "made",
      "made from a source": "made",
      "refused": "refused",
      "refused by Fast Open": "refused",
      "aborted": "timeout",
      "aborted by Fast Open": "timeout",
      "an option refused": "rejected",
      "an option refused by Fast Open": "rejected",
      "a source refused": "rejected",
    };
    assertEquals(outcomes, Object.fromEntries(Object.entries(ends).map(([kind, end]) => [`${kind}: ${end}`, 50])));
    assertEquals([leaked, wrong], [0, []]);
  },
);

testUnless(missing ?? noIpv6(), "Workers that connect at the same time do not take each other's sockets", async () => {
  const { wrong, atOnce } = await runProbe({ rounds: 0, atOnce: 100, workers: 4 });
  assertEquals([wrong, atOnce], [[], 400]);
});

testUnless(missing, "where Deno may not connect to the loopback, the options are set all the same", async () => {
  using listener = listen();
  const { port } = listener.addr;
  const probes: Probe[] = [
    { port, ttl: 9 },
    { port, ttl: 9, fastOpen: true },
    { port, congestion: "nosuch" },
    { port: 1, ttl: 9 },
  ];
  const permissions = [`--allow-net=127.0.0.1:${port}`, "--allow-ffi"];
  const command = new Deno.Command(Deno.execPath(), { args: probeArgs(permissions, probes) });
  const [made, fast, refused, denied] = await runProbes(command);
  assertEquals([made.connected, fast.connected], ["127.0.0.1", "127.0.0.1"]);
  assertEquals([refused.name, refused.kind], ["SocketOptionError", "rejected"]);
  assertEquals([denied.name, denied.kind, denied.cause], ["ConnectError", "denied", "NotCapable"]);
});

testUnless(
  missing ?? await noNetns(),
  "a network says the same of a connect with options, with the loopback and without",
  async () => {
    await using netns = await makeNetns();
    await netns.ip("link add cable0 type veth peer name cable1");
    await netns.ip("link set cable0 up");
    await netns.ip("link set cable1 up");
    await netns.ip("addr add 10.77.0.1/24 dev cable0");
    await netns.ip("neigh add 10.77.0.2 lladdr 02:00:00:00:00:02 dev cable0");
    await netns.ip("route add unreachable 10.78.0.1");
    await netns.ip("route add prohibit 10.79.0.1");
    const cases: [hostname: string, kind: string][] = [
      ["10.78.0.1", "unreachable"],
      ["10.80.0.1", "unreachable"],
      ["10.79.0.1", "denied"],
      ["10.77.0.2", "timeout"],
    ];
    for (const loopback of ["up", "down"]) {
      await netns.ip(`link set lo ${loopback}`);
      for (const options of [{ ttl: 9 }, { ttl: 9, fastOpen: true }, { source: "10.77.0.1" }]) {
        const probes = cases.map(([hostname]) => ({ hostname, port: 7000, connectTimeout: 100, ...options }));
        const args = probeArgs(["--allow-net", "--allow-ffi"], probes);
        const results = await runProbes(netns.command(Deno.execPath(), args));
        const kinds = results.map(({ kind, message }) => `${kind} ${kind === "failed" ? message : ""}`.trim());
        assertEquals(kinds, cases.map(([, kind]) => kind), `lo ${loopback}, ${JSON.stringify(options)}`);
      }
    }
  },
);

testUnless(
  missing ?? await noNetns(),
  "every address of a name is tried with its options, and without FFI from its source",
  async () => {
    await using netns = await makeNetns();
    await netns.ip("link add cable0 type veth peer name cable1");
    await netns.ip("link set cable0 up");
    await netns.ip("link set cable1 up");
    await netns.ip("addr add fd77::1/64 dev cable0 nodad");
    await netns.ip("neigh add fd77::2 lladdr 02:00:00:00:00:02 dev cable0");
    await netns.setHosts("::1 both.test\n127.0.0.1 both.test\nfd77::2 half.test\n127.0.0.1 half.test\n::1 six.test\n");
    const port = 7000;
    const probes = (options: Partial<Probe>): Probe[] => [
      { hostname: "both.test", port, serveOn: "::1", ...options },
      { hostname: "both.test", port, serveOn: "127.0.0.1", ...options },
      { hostname: "both.test", port, ...options },
      { hostname: "half.test", port, serveOn: "127.0.0.1", connectTimeout: 5000, ...options },
    ];
    const run = async (permissions: string[], list: Probe[]) =>
      await runProbes(netns.command(Deno.execPath(), probeArgs(permissions, list)));
    const [six, four, none, half] = await run(["--allow-net", "--allow-ffi"], probes({ ttl: 9 }));
    assertEquals([six.connected, four.connected, none.kind, half.connected], [
      "::1",
      "127.0.0.1",
      "refused",
      "127.0.0.1",
    ]);
    assertGreaterOrEqual(half.ms, 245);
    assertLess(half.ms, 1000);
    // The dead address has another family than the source: nothing waits for it.
    for (const permissions of [["--allow-net"], ["--allow-net", "--allow-ffi"]]) {
      const source = "127.0.0.1";
      const [, made, refused, atOnce] = await run(permissions, probes({ source }));
      assertEquals([made.connected, refused.kind, atOnce.connected], ["127.0.0.1", "refused", "127.0.0.1"]);
      assertLess(atOnce.ms, 240);
      const [wrong] = await run(permissions, [{ hostname: "six.test", port, source }]);
      assertEquals([wrong.name, wrong.kind], ["SocketOptionError", "rejected"]);
      assertEquals(wrong.message, "cannot connect from 127.0.0.1: six.test has no IPv4 address");
    }
  },
);
