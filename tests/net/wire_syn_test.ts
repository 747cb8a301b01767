import { assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { testUnless } from "../support/needs.ts";
import { addCable, cutCable, makeWiredPair, noWire, WIRE } from "../support/netns.ts";
import { capture, type Packet } from "../support/wire_capture.ts";
import { sendInside, serveInside } from "../support/wire_sounder.ts";

/** What options make of the SYN and of the SYN-ACK, seen by tcpdump on a cable between two network namespaces. */
const missing = await noWire();

/** The largest segment where nothing is asked: an Ethernet frame less the headers of IP and TCP. */
const USUAL_MSS = 1500 - 40;

const isSyn = ({ flags }: Packet) => flags === "S";
const isSynAck = ({ flags }: Packet) => flags === "SA";

testUnless(missing, "synRetries is the number of SYNs after the first, and then the connect has failed", async () => {
  await using pair = await makeWiredPair();
  // The classic schedule: 1 s, 2 s, 4 s. Kernels before 6.5 have no other.
  await pair.client.sysctl("net.ipv4.tcp_syn_linear_timeouts", 0).catch(() => {});
  await cutCable(pair);
  await using wire = await capture(pair.client);
  const [one, two, unasked] = await Promise.all([
    sendInside(pair.client, `${WIRE.server}:7001`, "--syn-retries 1 --connect-timeout 30s hello"),
    sendInside(pair.client, `${WIRE.server}:7002`, "--syn-retries 2 --connect-timeout 30s hello"),
    sendInside(pair.client, `${WIRE.server}:7006`, "--connect-timeout 8s hello"),
  ]);
  const packets = await wire.packets();
  const gaps = (port: number) => {
    const times = packets.filter((packet) => isSyn(packet) && packet.toPort === port).map(({ time }) => time);
    return times.slice(1).map((time, i) => Math.round(time - times[i]));
  };
  assertEquals([gaps(7001), gaps(7002), gaps(7006)], [[1], [1, 2], [1, 2, 4]]);
  for (const [{ code, ms, stderr }, least] of [[one, 3000], [two, 7000]] as const) {
    assertEquals(code, 1);
    assertMatch(stderr, /^sounder: cannot connect to 10\.55\.0\.2:700\d: no answer within the kernel's limit/);
    assertGreater(ms, least * 0.95);
    assertLess(ms, least + 5000);
  }
  assertMatch(unasked.stderr, /no answer within 8000 ms/);
});

testUnless(missing, "mss, recvBuffer, tos, ttl and source are on the SYN itself", async () => {
  await using pair = await makeWiredPair();
  await using _server = await serveInside(pair.server, "::", 7000);
  await using wire = await capture(pair.client);
  const asked = ["", "--mss 600", "--recv-buffer 4096", "--tos 16", "--ttl 33", "--source 10.55.0.1:7999"];
  const asked6 = ["", "--mss 600", "--tos 16", "--ttl 33"];
  for (const args of asked) assertEquals((await sendInside(pair.client, `${WIRE.server}:7000`, `${args} hi`)).code, 0);
  for (const args of asked6) {
    assertEquals((await sendInside(pair.client, `[${WIRE.server6}]:7000`, `${args} hi`)).code, 0);
  }
  const packets = await wire.packets();
  const syns = packets.filter(isSyn);
  const shapes = syns.map(({ mss, windowScale, tos, ttl }) => ({ mss, windowScale, tos, ttl }));
  const usual = shapes[0];
  assertEquals({ ...usual, windowScale: 1 }, { mss: USUAL_MSS, windowScale: 1, tos: 0, ttl: 64 });
  assertGreater(usual.windowScale!, 0);
  assertEquals(shapes.slice(1, 6), [
    { ...usual, mss: 600 },
    { ...usual, windowScale: 0 },
    { ...usual, tos: 16 },
    { ...usual, ttl: 33 },
    usual,
  ]);
  assertEquals(
    syns.map(({ fromPort }) => fromPort === 7999),
    asked.concat(asked6).map((args) => args.includes("7999")),
  );
  // An IPv6 header is 20 bytes longer.
  const usual6 = { ...usual, mss: USUAL_MSS - 20 };
  assertEquals(shapes.slice(6), [usual6, { ...usual6, mss: 600 }, { ...usual6, tos: 16 }, { ...usual6, ttl: 33 }]);
});

testUnless(missing, "a server's mss, recvBuffer, tos and ttl are on its SYN-ACK", async () => {
  await using pair = await makeWiredPair();
  const asked = ["", "--mss 600", "--recv-buffer 4096", "--tos 16", "--ttl 33"];
  await using servers = new AsyncDisposableStack();
  await Promise.all(asked.map(async (args, i) => {
    servers.use(await serveInside(pair.server, WIRE.server, 7000 + i, args));
  }));
  await using wire = await capture(pair.client);
  // Longer than a segment of either size.
  const message = "x".repeat(2000);
  for (const i of asked.keys()) {
    assertEquals((await sendInside(pair.client, `${WIRE.server}:${7000 + i}`, message)).code, 0);
  }
  const packets = await wire.packets();
  const shapes = packets.filter(isSynAck).map(({ mss, windowScale, tos, ttl }) => ({ mss, windowScale, tos, ttl }));
  const [usual] = shapes;
  assertEquals({ ...usual, windowScale: 1 }, { mss: USUAL_MSS, windowScale: 1, tos: 0, ttl: 64 });
  assertGreater(usual.windowScale!, 0);
  assertEquals(shapes.slice(1), [
    { ...usual, mss: 600 },
    { ...usual, windowScale: 0 },
    { ...usual, tos: 16 },
    { ...usual, ttl: 33 },
  ]);
  // And both ends keep to it: no segment longer than what was announced, less 12 bytes for the timestamps.
  const longest = (port: number, side: "fromPort" | "toPort") =>
    Math.max(...packets.filter((packet) => packet[side] === port).map(({ length }) => length));
  assertEquals([longest(7000, "toPort"), longest(7000, "fromPort")], [USUAL_MSS - 12, USUAL_MSS - 12]);
  assertEquals([longest(7001, "toPort"), longest(7001, "fromPort")], [588, 588]);
});

testUnless(missing, "mark is on the packets where firewall rules see it", async () => {
  await using pair = await makeWiredPair();
  const count = "meta mark 77 tcp flags syn counter";
  const table = `table ip marks { chain output { type filter hook output priority 0; ${count}; }; }`;
  await Promise.all([pair.client.nft(table), pair.server.nft(table)]);
  await using _plain = await serveInside(pair.server, WIRE.server, 7000);
  await using _marked = await serveInside(pair.server, WIRE.server, 7001, "--mark 77");
  const counted = async () => {
    const lists = await Promise.all([pair.client, pair.server].map((netns) => netns.nft("list table ip marks")));
    return lists.map((list) => Number(/counter packets (\d+)/.exec(list)![1]));
  };
  await sendInside(pair.client, `${WIRE.server}:7000`, "hi");
  assertEquals(await counted(), [0, 0]);
  // One packet that has the flag SYN: the client's SYN, the server's SYN-ACK.
  await sendInside(pair.client, `${WIRE.server}:7000`, "--mark 77 hi");
  assertEquals(await counted(), [1, 0]);
  await sendInside(pair.client, `${WIRE.server}:7001`, "hi");
  assertEquals(await counted(), [1, 1]);
});

testUnless(missing, "bindDevice takes the SYN over that cable, and a server is deaf on the others", async () => {
  await using pair = await makeWiredPair();
  await addCable(pair, "wire2", 56);
  await using _server = await serveInside(pair.server, "0.0.0.0", 7000);
  await using _deaf = await serveInside(pair.server, "0.0.0.0", 7001, "--bind-device wire2");
  await using first = await capture(pair.client);
  await using second = await capture(pair.client, "wire2", "10.56.0.2");
  const codes = [];
  for (const target of [`${WIRE.server}:7000`, `${WIRE.server}:7000 --bind-device wire2`, "10.56.0.2:7001"]) {
    const [address, args = ""] = target.split(/ (.*)/);
    codes.push((await sendInside(pair.client, address, `${args} hi`)).code);
  }
  const refused = await sendInside(pair.client, `${WIRE.server}:7001`, "hi");
  assertEquals([...codes, refused.code], [0, 0, 0, 1]);
  assertMatch(refused.stderr, /connection refused/);
  const ways = (await Promise.all([first.packets(), second.packets()])).map((packets) =>
    packets.filter(isSyn).map(({ from, to, toPort }) => `${from} > ${to}:${toPort}`)
  );
  assertEquals(ways, [
    ["10.55.0.1 > 10.55.0.2:7000", "10.55.0.1 > 10.55.0.2:7001"],
    ["10.56.0.1 > 10.55.0.2:7000", "10.56.0.1 > 10.56.0.2:7001"],
  ]);
});
