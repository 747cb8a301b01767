import { assertEquals, assertGreater, assertLess } from "@std/assert";
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
  await using _server = await serveInside(pair.server, WIRE.server, 7000, "--service discard");
  // The client hears the SYN-ACK, and no ACK after it.
  const deaf = "tcp sport 7000 tcp flags & (syn | ack) == ack drop;";
  await pair.client.nft(`table ip deaf { chain input { type filter hook input priority 0; ${deaf} }; }`);
  await using wire = await capture(pair.client);
  const target = { hostname: WIRE.server, port: 7000 };
  // No more than the first congestion window takes (RFC 6928: ten segments), which would hold them up as well.
  await probeInside(pair.client, { ...target, writes: 8 });
  await probeInside(pair.client, { ...target, writes: 8, noDelay: false });
  const lengths = connections(await wire.packets()).map((packets) => {
    const sent = packets.filter((packet) => fromClient(packet) && packet.length > 0);
    // What is sent again, in whichever pieces, does not count.
    return sent.filter(({ seq }, i) => seq > Math.max(0, ...sent.slice(0, i).map((earlier) => earlier.seq)))
      .map(({ length }) => length);
  });
  // What waited for the ACK goes with the FIN.
  assertEquals(lengths, [Array(8).fill(10), [10, 70]]);
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
  // Some 3 and 1 where nobody asked: a conversation begins with quick ACKs, before anybody has answered. Else one a message,
  // less those where an answer was quicker than the kernel (18 of 30 were seen).
  const [fewest, usual] = [writes / 5, writes / 10];
  assertLess(Math.max(...neither), usual);
  assertGreater(server[1], fewest);
  assertLess(server[0], usual);
  assertGreater(client[0], fewest);
  assertLess(client[1], usual);
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
  // With the first the client asks for a cookie, with the second it uses it. A server that was not asked gives none.
  assertEquals([carried, taken], [[0, 0, 0, 6, 0], [0, 0, 0, 6, 0]]);
});

testUnless(missing, "abort() and linger 0 end with RST and no FIN, close() with FIN", async () => {
  await using pair = await makeWiredPair();
  await using _server = await serveInside(pair.server, WIRE.server, 7000, "--service discard");
  await using wire = await capture(pair.client);
  const target = { hostname: WIRE.server, port: 7000, writes: 1 };
  await probeInside(pair.client, target);
  await probeInside(pair.client, { ...target, linger: 0 });
  await probeInside(pair.client, { ...target, end: "abort" });
  await probeInside(pair.client, { ...target, end: "abort", mss: 600 }); // made in another way
  const ends = connections(await wire.packets()).map((packets) =>
    packets.filter((packet) => fromClient(packet) && /[FR]/.test(packet.flags)).map(({ flags }) => flags)
  );
  assertEquals(ends, [["FA"], ["RA"], ["RA"], ["RA"]]);
});
