import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { testUnless } from "../support/needs.ts";
import { makeWiredPair, noWire, WIRE } from "../support/netns.ts";
import { capture, type Packet } from "../support/wire_capture.ts";
import { probeInside } from "../support/wire_probe.ts";
import { sendInside, serveInside } from "../support/wire_sounder.ts";

/** What options make of the segments of a connection: when they go, what they carry, and how it ends. */
const missing = await noWire();

/** The segments of each connection, in the order of their SYNs. */
function connections(packets: readonly Packet[]): Packet[][] {
  const ports = packets.filter(({ flags }) => flags === "S").map(({ fromPort }) => fromPort);
  return ports.map((port) => packets.filter(({ fromPort, toPort }) => fromPort === port || toPort === port));
}

const fromServer = ({ from }: Packet) => from === WIRE.server;
const fromClient = ({ from }: Packet) => from === WIRE.client;

testUnless(missing, "noDelay sends each small write at once, and without it they wait for the ACK", async () => {
  await using pair = await makeWiredPair();
  // A peer that acknowledges late, as it does anyway in the middle of a conversation: after some 40 ms.
  await using _server = await serveInside(
    pair.server,
    WIRE.server,
    7000,
    "--service discard --sockopt 6:12=0",
  );
  await using wire = await capture(pair.client);
  const target = { hostname: WIRE.server, port: 7000 };
  // No more than the first congestion window takes (RFC 6928: ten segments), which would hold them up as well.
  await probeInside(pair.client, { ...target, writes: 8 });
  await probeInside(pair.client, { ...target, writes: 8, noDelay: false });
  const segments = connections(await wire.packets()).map((packets) =>
    packets.filter((packet) => fromClient(packet) && packet.length > 0)
  );
  const bytes = segments.map((packets) => packets.reduce((sum, { length }) => sum + length, 0));
  console.log(segments.map((packets) => packets.map((p) => p.length)));
  assertEquals([segments[0].length, ...bytes], [8, 80, 80]);
  // Two; more only if this machine halts for 40 ms between the writes.
  assertLessOrEqual(segments[1].length, 4);
});

testUnless(missing, "quickAck acknowledges each message by itself, and without it the answer does", async () => {
  await using pair = await makeWiredPair();
  await using _plain = await serveInside(pair.server, WIRE.server, 7000);
  await using _quick = await serveInside(pair.server, WIRE.server, 7001, "--quickack");
  await using wire = await capture(pair.client);
  const writes = 100;
  for (const options of [{ port: 7000 }, { port: 7001 }, { port: 7000, quickAck: true }]) {
    await probeInside(pair.client, { hostname: WIRE.server, writes, echo: true, ...options });
  }
  const [neither, server, client] = connections(await wire.packets()).map((packets) => {
    const acks = packets.filter(({ flags, length }) => flags === "A" && length === 0);
    return [acks.filter(fromClient).length, acks.filter(fromServer).length];
  });
  console.log(neither, server, client);
});

testUnless(missing, "fastOpen carries the second connection's data in its SYN, and the server takes it", async () => {
  await using pair = await makeWiredPair();
  await pair.client.sysctl("net.ipv4.tcp_fastopen", 3);
  await pair.server.sysctl("net.ipv4.tcp_fastopen", 3);
  await using _fast = await serveInside(pair.server, WIRE.server, 7000, "--fast-open");
  await using _plain = await serveInside(pair.server, WIRE.server, 7001);
  await using wire = await capture(pair.client);
  for (const target of ["7001 --fast-open", "7001 --fast-open", "7000 --fast-open", "7000 --fast-open", "7000"]) {
    const [port, args = ""] = target.split(" ");
    const { code, stdout } = await sendInside(pair.client, `${WIRE.server}:${port}`, `${args} hello`);
    assertEquals([code, stdout], [0, "hello\n"], target);
  }
  const packets = await wire.packets();
  const carried = connections(packets).map((packets) => packets[0].length);
  const taken = connections(packets).map((packets) => packets.find(({ flags }) => flags === "SA")!.ack - 1);
  console.log(carried, taken);
});

testUnless(missing, "abort() and linger 0 end with RST and no FIN, close() with FIN", async () => {
  await using pair = await makeWiredPair();
  await using _server = await serveInside(pair.server, WIRE.server, 7000, "--service discard");
  await using wire = await capture(pair.client);
  const target = { hostname: WIRE.server, port: 7000, writes: 1 };
  await probeInside(pair.client, { ...target });
  await probeInside(pair.client, { ...target, linger: 0 });
  await probeInside(pair.client, { ...target, end: "abort" });
  await probeInside(pair.client, { ...target, end: "abort", mss: 600 });
  const ends = connections(await wire.packets()).map((packets) =>
    packets.filter((packet) => fromClient(packet) && /[FR]/.test(packet.flags)).map(({ flags }) => flags)
  );
  console.log(ends);
});
