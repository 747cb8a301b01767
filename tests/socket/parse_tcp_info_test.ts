import { assertEquals } from "@std/assert";
import { parseTcpInfo } from "../../lib/socket/parse_tcp_info.ts";
import type { TcpInfo } from "../../lib/socket/tcp_info.ts";

/** Where a member stands, as the headers say; `scale` makes its unit of the kernel's. */
type Place = [member: keyof TcpInfo, offset: number, width: 1 | 2 | 4 | 8, scale?: number];

/** <linux/tcp.h> of 6.18, in its order. */
const LINUX: Place[] = [
  ["timeoutRetransmits", 2, 1], // tcpi_retransmits
  ["probes", 3, 1],
  ["backoff", 4, 1],
  ["rtoUs", 8, 4],
  ["delayedAckUs", 12, 4], // tcpi_ato
  ["sendMssBytes", 16, 4],
  ["receiveMssBytes", 20, 4],
  ["unackedSegments", 24, 4],
  ["sackedSegments", 28, 4],
  ["lostSegments", 32, 4],
  ["retransmittedSegments", 36, 4],
  ["lastDataSentMs", 44, 4],
  ["lastDataReceivedMs", 52, 4],
  ["lastAckReceivedMs", 56, 4],
  ["pathMtuBytes", 60, 4],
  ["receiveThresholdBytes", 64, 4], // tcpi_rcv_ssthresh
  ["rttUs", 68, 4],
  ["rttVarianceUs", 72, 4],
  ["slowStartThresholdSegments", 76, 4],
  ["congestionWindowSegments", 80, 4],
  ["advertisedMssBytes", 84, 4],
  ["reorderingSegments", 88, 4],
  ["receiveRttUs", 92, 4],
  ["receiveSpaceBytes", 96, 4],
  ["totalRetransmittedSegments", 100, 4],
  ["pacingRateBytesPerSecond", 104, 8],
  ["maxPacingRateBytesPerSecond", 112, 8],
  ["ackedBytes", 120, 8],
  ["receivedBytes", 128, 8],
  ["sentSegments", 136, 4],
  ["receivedSegments", 140, 4],
  ["notSentBytes", 144, 4],
  ["minRttUs", 148, 4],
  ["receivedDataSegments", 152, 4],
  ["sentDataSegments", 156, 4],
  ["deliveryRateBytesPerSecond", 160, 8],
  ["busyUs", 168, 8],
  ["receiveWindowLimitedUs", 176, 8],
  ["sendBufferLimitedUs", 184, 8],
  ["deliveredSegments", 192, 4],
  ["deliveredCeSegments", 196, 4],
  ["sentBytes", 200, 8],
  ["retransmittedBytes", 208, 8],
  ["duplicateSacks", 216, 4],
  ["reorderingEvents", 220, 4],
  ["outOfOrderSegments", 224, 4],
  ["sendWindowBytes", 228, 4],
  ["receiveWindowBytes", 232, 4],
  ["totalTimeouts", 240, 2],
];

/** <netinet/tcp.h> of macOS 14, struct tcp_connection_info, in its order. */
const DARWIN: Place[] = [
  ["sendWindowScale", 1, 1],
  ["receiveWindowScale", 2, 1],
  ["rtoUs", 12, 4, 1000],
  ["sendMssBytes", 16, 4],
  ["slowStartThresholdBytes", 20, 4],
  ["congestionWindowBytes", 24, 4],
  ["sendWindowBytes", 28, 4],
  ["sendQueueBytes", 32, 4],
  ["receiveWindowBytes", 36, 4],
  ["latestRttUs", 40, 4, 1000],
  ["rttUs", 44, 4, 1000],
  ["rttVarianceUs", 48, 4, 1000],
  ["sentSegments", 56, 8],
  ["sentBytes", 64, 8],
  ["retransmittedBytes", 72, 8],
  ["receivedSegments", 80, 8],
  ["receivedBytes", 88, 8],
  ["outOfOrderBytes", 96, 8],
  ["totalRetransmittedSegments", 104, 8],
];

const LINUX_LENGTH = 280;
const ESTABLISHED = { linux: 1, darwin: 4 };

function put(bytes: Uint8Array, offset: number, width: number, value: bigint): void {
  for (let i = 0; i < width; i++) bytes[offset + i] = Number(value >> BigInt(8 * i) & 0xffn);
}

/** A structure in which each number is another one, and what is to be read from it. */
function filled(places: readonly Place[], length: number, state: number): [Uint8Array, Record<string, number>] {
  const bytes = new Uint8Array(length);
  bytes[0] = state;
  const expected: Record<string, number> = {};
  places.forEach(([member, offset, width, scale = 1], i) => {
    // All bytes of each are in use, as far as a double is exact.
    const value = BigInt(i + 1) * { 1: 1n, 2: 0x0101n, 4: 0x01010101n, 8: 0x010101010101n }[width];
    put(bytes, offset, width, value);
    expected[member] = Number(value) * scale;
  });
  return [bytes, expected];
}

/** The structure of a Linux socket with one number changed. */
function linuxWith(member: keyof TcpInfo, value: bigint): TcpInfo {
  const [bytes] = filled(LINUX, LINUX_LENGTH, ESTABLISHED.linux);
  const [, offset, width] = LINUX.find(([name]) => name === member)!;
  put(bytes, offset, width, value);
  return parseTcpInfo(bytes, "linux")!;
}

Deno.test("parseTcpInfo() reads each number from its place", () => {
  const flags = { state: "ESTABLISHED", options: [], sendWindowScale: 0, receiveWindowScale: 0 };
  const [linux, fromLinux] = filled(LINUX, LINUX_LENGTH, ESTABLISHED.linux);
  assertEquals(parseTcpInfo(linux, "linux") as unknown, {
    ...flags,
    congestionState: "open",
    deliveryRateAppLimited: false,
    ...fromLinux,
  });
  const [darwin, fromDarwin] = filled(DARWIN, 112, ESTABLISHED.darwin);
  assertEquals(parseTcpInfo(darwin, "darwin") as unknown, { ...flags, ...fromDarwin });
});

Deno.test("parseTcpInfo() reads a structure in the middle of a buffer", () => {
  const [bytes] = filled(LINUX, LINUX_LENGTH, ESTABLISHED.linux);
  const larger = new Uint8Array(LINUX_LENGTH + 100).fill(0xff);
  larger.set(bytes, 50);
  assertEquals(parseTcpInfo(larger.subarray(50, 50 + LINUX_LENGTH), "linux"), parseTcpInfo(bytes, "linux"));
});

Deno.test("parseTcpInfo() leaves out what an older kernel's shorter structure does not have", () => {
  for (const [places, length, platform] of [[LINUX, LINUX_LENGTH, "linux"], [DARWIN, 112, "darwin"]] as const) {
    const [bytes] = filled(places, length, ESTABLISHED[platform]);
    // On either side of the end of each member.
    for (const [member, offset, width] of places) {
      const end = offset + width;
      assertEquals(member in parseTcpInfo(bytes.subarray(0, end - 1), platform)!, false, `${member}, ${end - 1} bytes`);
      // A deviation needs the mean, which stands behind some that need it.
      const needs = member.startsWith("last") ? 72 : end;
      assertEquals(
        member in parseTcpInfo(bytes.subarray(0, Math.max(end, needs)), platform)!,
        true,
        `${member}, ${end}`,
      );
    }
  }
});

Deno.test("parseTcpInfo() needs a state that it knows", () => {
  assertEquals(parseTcpInfo(new Uint8Array(), "linux"), undefined);
  assertEquals(parseTcpInfo(new Uint8Array([0]), "linux"), undefined);
  assertEquals(parseTcpInfo(new Uint8Array([13]), "linux"), undefined);
  assertEquals(parseTcpInfo(new Uint8Array([11]), "darwin"), undefined);
  assertEquals(parseTcpInfo(new Uint8Array([1]), "windows"), undefined);
  assertEquals(parseTcpInfo(new Uint8Array([1]), "linux")?.state, "ESTABLISHED");
});

Deno.test("parseTcpInfo() names the states of both systems", () => {
  const linux =
    "ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING SYN_RECV";
  linux.split(" ").forEach((state, i) => assertEquals(parseTcpInfo(new Uint8Array([i + 1]), "linux")?.state, state));
  const darwin = "CLOSE LISTEN SYN_SENT SYN_RECV ESTABLISHED CLOSE_WAIT FIN_WAIT1 CLOSING LAST_ACK FIN_WAIT2 TIME_WAIT";
  darwin.split(" ").forEach((state, i) => assertEquals(parseTcpInfo(new Uint8Array([i]), "darwin")?.state, state));
});

Deno.test("parseTcpInfo() tells of a listener its queue and nothing else", () => {
  const [bytes, expected] = filled(LINUX, LINUX_LENGTH, 10);
  assertEquals(parseTcpInfo(bytes, "linux") as unknown, {
    state: "LISTEN",
    acceptQueueLength: expected.unackedSegments,
    backlog: expected.sackedSegments,
  });
  const [darwin] = filled(DARWIN, 112, 1);
  assertEquals(parseTcpInfo(darwin, "darwin"), { state: "LISTEN" });
});

Deno.test("parseTcpInfo() takes no limit, and nothing measured, for no number", () => {
  const table: [member: keyof TcpInfo, none: bigint, some: bigint][] = [
    ["rttUs", 0n, 1n],
    ["receiveRttUs", 0n, 1n],
    ["minRttUs", 0xffffffffn, 0xfffffffen],
    ["slowStartThresholdSegments", 0x7fffffffn, 0x7ffffffen],
    ["pacingRateBytesPerSecond", 0xffffffffffffffffn, 0n],
    ["pacingRateBytesPerSecond", 0xffffffffffffffffn, 0xffffffffn],
    ["maxPacingRateBytesPerSecond", 0xffffffffffffffffn, 0xffffffffffffn],
    ["deliveryRateBytesPerSecond", 0n, 1n],
  ];
  for (const [member, none, some] of table) {
    assertEquals(member in linuxWith(member, none), false, `${member} ${none}`);
    assertEquals(linuxWith(member, some)[member] as unknown, Number(some), `${member} ${some}`);
  }
  // What there is nothing of yet is 0 all the same.
  for (const member of ["probes", "notSentBytes", "totalRetransmittedSegments", "busyUs"] as const) {
    assertEquals(linuxWith(member, 0n)[member], 0, member);
  }
  const [darwin] = filled(DARWIN, 112, ESTABLISHED.darwin);
  put(darwin, 20, 4, 1073725440n); // as a Mac has it before any loss
  assertEquals("slowStartThresholdBytes" in parseTcpInfo(darwin, "darwin")!, false);
});

Deno.test("parseTcpInfo() leaves out what has no meaning without another member", () => {
  const unmeasured = linuxWith("rttUs", 0n);
  for (const member of ["rttVarianceUs", "lastDataSentMs", "lastDataReceivedMs", "lastAckReceivedMs"]) {
    assertEquals(member in unmeasured, false, member);
  }
  assertEquals("deliveryRateAppLimited" in linuxWith("deliveryRateBytesPerSecond", 0n), false);
});

Deno.test("parseTcpInfo() reads bits", () => {
  const linux = (offset: number, value: number) => {
    const [bytes] = filled(LINUX, LINUX_LENGTH, ESTABLISHED.linux);
    bytes[offset] = value;
    return parseTcpInfo(bytes, "linux")!;
  };
  const options: [bits: number, names: string[]][] = [
    [0x07, ["timestamps", "sack", "window-scaling"]],
    [0x18, ["ecn", "ecn-seen"]],
    [0xe0, ["syn-data", "microsecond-timestamps", "fast-open-child"]],
  ];
  for (const [bits, names] of options) assertEquals(linux(5, bits).options as unknown, names);
  assertEquals([linux(6, 0xa7).sendWindowScale, linux(6, 0xa7).receiveWindowScale], [7, 10]);
  // Above it stand two bits of fast open's.
  assertEquals([1, 6, 7].map((bits) => linux(7, bits).deliveryRateAppLimited), [true, false, true]);
  const states = [0, 1, 2, 3, 4, 5].map((state) => linux(1, state).congestionState);
  assertEquals(states, ["open", "disorder", "cwr", "recovery", "loss", undefined]);
  const [darwin] = filled(DARWIN, 112, ESTABLISHED.darwin);
  darwin[4] = 0xff;
  assertEquals(parseTcpInfo(darwin, "darwin")!.options as unknown, ["timestamps", "sack", "window-scaling", "ecn"]);
});
