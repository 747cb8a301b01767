import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { testUnless } from "../support/needs.ts";
import { cutCable, dropArriving, makeWiredPair, noWire, WIRE } from "../support/netns.ts";
import { capture, type Packet } from "../support/wire_capture.ts";
import { openClient, serveInside } from "../support/wire_sounder.ts";

/** How a peer is found dead whose cable is cut: by keepalive, and by data that nobody acknowledges. */
const missing = await noWire();

const LOGGING = "--log-level debug --log-format json";

/** The line of a server's log that says how its connection ended. */
function endOf(log: string): { time: string; reason: string } {
  const lines = log.split("\n").filter((line) => line.includes('"event":"end"'));
  assertEquals(lines.length, 1, log);
  return JSON.parse(lines[0]);
}

/** What one end of a connection sent after the last word of the other. */
function sentAlone(packets: readonly Packet[], { fromPort, toPort }: Pick<Packet, "fromPort" | "toPort">): Packet[] {
  const back = packets.findLastIndex((packet) => packet.fromPort === toPort && packet.toPort === fromPort);
  return packets.slice(back + 1).filter((packet) => packet.fromPort === fromPort && packet.toPort === toPort);
}

/** The client's port of each connection, in the order of their SYNs. */
function clientPorts(packets: readonly Packet[]): number[] {
  return packets.filter(({ flags }) => flags === "S").map(({ fromPort }) => fromPort);
}

testUnless(
  missing,
  "keepalive probes go out as asked, and the peer is dead after idle + interval x count",
  async () => {
    await using pair = await makeWiredPair();
    const probes = "--keepalive-idle 2 --keepalive-interval 1 --keepalive-count 3";
    await using probing = await serveInside(pair.server, WIRE.server, 7001, `${probes} ${LOGGING}`);
    await using _silent = await serveInside(pair.server, WIRE.server, 7002);
    await using wire = await capture(pair.client);
    await using ofProbing = await openClient(pair.client, `${WIRE.server}:7001`);
    await using client = await openClient(pair.client, `${WIRE.server}:7002`, probes);
    await using neither = await openClient(pair.client, `${WIRE.server}:7002`);
    await cutCable(pair);
    const { code, stderr } = await client.end;
    assertEquals([code, stderr], [1, "sounder: peer has echoed all of 6 bytes, but it stopped answering\n"]);
    assertEquals(endOf((await probing.stop("SIGINT")).stderr).reason, "timeout");
    const packets = await wire.packets();
    const [first, second, third] = clientPorts(packets);
    for (const end of [{ fromPort: 7001, toPort: first }, { fromPort: second, toPort: 7002 }]) {
      const alone = sentAlone(packets, end).filter(({ isProbe, flags }) => isProbe || flags.includes("R"));
      // Where it gives up, the kernel sends RST: its time is that of the verdict.
      assertEquals(alone.map(({ flags }) => flags), ["A", "A", "A", "RA"]);
      const gaps = alone.slice(1).map(({ time }, i) => Math.round(time - alone[i].time));
      assertEquals(gaps, [1, 1, 1]);
      const before = packets.findLast(({ time, fromPort, toPort }) =>
        time < alone[0].time && [fromPort, toPort].every((port) => port === end.fromPort || port === end.toPort)
      )!;
      assertEquals(Math.round(alone[0].time - before.time), 2);
    }
    // The third pair of ends did not ask, and has noticed nothing.
    assert(ofProbing.isRunning && neither.isRunning);
    assertEquals(packets.filter(({ fromPort, toPort, isProbe }) => isProbe && [fromPort, toPort].includes(third)), []);
  },
);

testUnless(missing, "userTimeout gives up on data that nobody acknowledges, and not before", async () => {
  await using pair = await makeWiredPair();
  await using server = await serveInside(pair.server, WIRE.server, 7001, `--user-timeout 2s ${LOGGING}`);
  await using _plain = await serveInside(pair.server, WIRE.server, 7002);
  await using wire = await capture(pair.client);
  // No client gives up by itself before.
  const patient = "--timeout 60s";
  await using ofServer = await openClient(pair.client, `${WIRE.server}:7001`, patient);
  await using soon = await openClient(pair.client, `${WIRE.server}:7002`, `${patient} --user-timeout 2s`);
  await using late = await openClient(pair.client, `${WIRE.server}:7002`, `${patient} --user-timeout 4s`);
  await using never = await openClient(pair.client, `${WIRE.server}:7002`, patient);
  // The server hears the clients, but they do not hear it: neither its ACKs nor its echoes are of use.
  await dropArriving(pair.client);
  const began = Date.now();
  for (const client of [ofServer, soon, late, never]) await client.write("more\n");
  const [soonEnd, lateEnd] = await Promise.all([soon.end, late.end]);
  assert(never.isRunning && ofServer.isRunning);
  assertEquals([soonEnd.code, lateEnd.code], [1, 1]);
  assertStringIncludes(soonEnd.stderr, "stopped answering");
  const serverEnd = endOf((await server.stop("SIGINT")).stderr);
  assertEquals(serverEnd.reason, "timeout");
  const took = [Date.parse(serverEnd.time), soonEnd.at, lateEnd.at].map((at) => at - began);
  for (const [i, limit] of [2000, 2000, 4000].entries()) {
    assertGreater(took[i], limit * 0.95);
    assertLess(took[i], limit + 4000);
  }
  // On the wire: data is sent again until then, and no longer.
  const packets = await wire.packets();
  const sentAgain = clientPorts(packets).map((port) => {
    const sent = packets.filter(({ fromPort, length }) => fromPort === port && length === 5).map(({ time }) => time);
    return sent.at(-1)! - sent[0];
  });
  assertLess(sentAgain[1], 2.5);
  assertGreater(sentAgain[2], 2.5);
  assertLess(sentAgain[2], 4.5);
});
