import type { SocketPlatform } from "./option_row.ts";
import type { TcpInfo, TcpInfoOption, TcpState } from "./tcp_info.ts";

/** The members of {@linkcode TcpInfo} that are numbers. */
export type TcpInfoNumber = Exclude<
  { [K in keyof TcpInfo]-?: NonNullable<TcpInfo[K]> extends number ? K : never }[keyof TcpInfo],
  undefined
>;

/** Where one number stands in the kernel's structure. */
export interface TcpInfoField {
  /** The member it becomes. */
  readonly field: TcpInfoNumber;
  /** Bytes before it. */
  readonly offset: number;
  /** Bytes that it has, the least significant first. */
  readonly width: 1 | 2 | 4 | 8;
  /** Which bits of it count, where it shares its byte with another: the lowest of them, and how many. */
  readonly bits?: readonly [lowest: number, count: number];
  /** What it is multiplied with to be in the member's unit; 1 where it is left out. */
  readonly factor?: number;
  /** The value by which the kernel says that there is none, or no limit. */
  readonly none?: number;
  /** Another member without which this one means nothing. */
  readonly needs?: TcpInfoNumber;
  /** Whether it has this meaning on listeners only; the other members are there on all other sockets only. */
  readonly listener?: boolean;
}

/** The kernel's structure on one system. */
export interface TcpInfoLayout {
  /** The option of level 6 (TCP) that gives it. */
  readonly option: number;
  /** The states by their numbers; the first byte is the state. */
  readonly states: readonly (TcpState | undefined)[];
  /** Where the bits of `options` stand, and what they are, from the lowest on. */
  readonly options: readonly [offset: number, names: readonly TcpInfoOption[]];
  /** Where the state of the congestion control stands, if it is told. */
  readonly congestionState?: number;
  /** Where the bit stands that makes the delivery rate the program's own, if it is told. */
  readonly deliveryRateAppLimited?: number;
  /** The numbers; a member that another one `needs` stands before it. */
  readonly fields: readonly TcpInfoField[];
}

const U32_MAX = 2 ** 32 - 1;
/** ~0 of 64 bits, as the nearest double. */
const U64_MAX = 2 ** 64;
/** TCP_INFINITE_SSTHRESH of Linux: no loss so far has set a threshold. */
const LINUX_NO_THRESHOLD = 0x7fffffff;
/** TCP_MAXWIN << TCP_MAX_WINSHIFT: what macOS begins with. */
const DARWIN_NO_THRESHOLD = 65535 * 2 ** 14;

/** struct tcp_info of <linux/tcp.h>: members were only ever added at its end, so an older kernel gives a shorter one. */
const LINUX: TcpInfoLayout = {
  option: 11,
  states: [
    undefined,
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "SYN_RECV", // TCP_NEW_SYN_RECV
  ],
  options: [5, [
    "timestamps",
    "sack",
    "window-scaling",
    "ecn",
    "ecn-seen",
    "syn-data",
    "microsecond-timestamps",
    "fast-open-child",
  ]],
  congestionState: 1,
  deliveryRateAppLimited: 7,
  fields: [
    { field: "acceptQueueLength", offset: 24, width: 4, listener: true },
    { field: "backlog", offset: 28, width: 4, listener: true },
    { field: "timeoutRetransmits", offset: 2, width: 1 },
    { field: "probes", offset: 3, width: 1 },
    { field: "backoff", offset: 4, width: 1 },
    { field: "sendWindowScale", offset: 6, width: 1, bits: [0, 4] },
    { field: "receiveWindowScale", offset: 6, width: 1, bits: [4, 4] },
    { field: "rtoUs", offset: 8, width: 4 },
    { field: "delayedAckUs", offset: 12, width: 4 },
    { field: "sendMssBytes", offset: 16, width: 4 },
    { field: "receiveMssBytes", offset: 20, width: 4 },
    { field: "unackedSegments", offset: 24, width: 4 },
    { field: "sackedSegments", offset: 28, width: 4 },
    { field: "lostSegments", offset: 32, width: 4 },
    { field: "retransmittedSegments", offset: 36, width: 4 },
    { field: "pathMtuBytes", offset: 60, width: 4 },
    { field: "receiveThresholdBytes", offset: 64, width: 4 },
    { field: "rttUs", offset: 68, width: 4, none: 0 },
    // The kernel begins with a guess of 250 ms, before anything was measured.
    { field: "rttVarianceUs", offset: 72, width: 4, needs: "rttUs" },
    // Before anything came and went it counts from the start of the machine.
    { field: "lastDataSentMs", offset: 44, width: 4, needs: "rttUs" },
    { field: "lastDataReceivedMs", offset: 52, width: 4, needs: "rttUs" },
    { field: "lastAckReceivedMs", offset: 56, width: 4, needs: "rttUs" },
    { field: "slowStartThresholdSegments", offset: 76, width: 4, none: LINUX_NO_THRESHOLD },
    { field: "congestionWindowSegments", offset: 80, width: 4 },
    { field: "advertisedMssBytes", offset: 84, width: 4 },
    { field: "reorderingSegments", offset: 88, width: 4 },
    { field: "receiveRttUs", offset: 92, width: 4, none: 0 },
    { field: "receiveSpaceBytes", offset: 96, width: 4 },
    { field: "totalRetransmittedSegments", offset: 100, width: 4 },
    { field: "pacingRateBytesPerSecond", offset: 104, width: 8, none: U64_MAX },
    { field: "maxPacingRateBytesPerSecond", offset: 112, width: 8, none: U64_MAX },
    { field: "ackedBytes", offset: 120, width: 8 },
    { field: "receivedBytes", offset: 128, width: 8 },
    { field: "sentSegments", offset: 136, width: 4 },
    { field: "receivedSegments", offset: 140, width: 4 },
    { field: "notSentBytes", offset: 144, width: 4 },
    { field: "minRttUs", offset: 148, width: 4, none: U32_MAX },
    { field: "receivedDataSegments", offset: 152, width: 4 },
    { field: "sentDataSegments", offset: 156, width: 4 },
    { field: "deliveryRateBytesPerSecond", offset: 160, width: 8, none: 0 },
    { field: "busyUs", offset: 168, width: 8 },
    { field: "receiveWindowLimitedUs", offset: 176, width: 8 },
    { field: "sendBufferLimitedUs", offset: 184, width: 8 },
    { field: "deliveredSegments", offset: 192, width: 4 },
    { field: "deliveredCeSegments", offset: 196, width: 4 },
    { field: "sentBytes", offset: 200, width: 8 },
    { field: "retransmittedBytes", offset: 208, width: 8 },
    { field: "duplicateSacks", offset: 216, width: 4 },
    { field: "reorderingEvents", offset: 220, width: 4 },
    { field: "outOfOrderSegments", offset: 224, width: 4 },
    { field: "sendWindowBytes", offset: 228, width: 4 },
    { field: "receiveWindowBytes", offset: 232, width: 4 },
    { field: "totalTimeouts", offset: 240, width: 2 },
  ],
};

/** struct tcp_connection_info of macOS's <netinet/tcp.h>. */
const DARWIN: TcpInfoLayout = {
  option: 0x106,
  states: [
    "CLOSE",
    "LISTEN",
    "SYN_SENT",
    "SYN_RECV",
    "ESTABLISHED",
    "CLOSE_WAIT",
    "FIN_WAIT1",
    "CLOSING",
    "LAST_ACK",
    "FIN_WAIT2",
    "TIME_WAIT",
  ],
  options: [4, ["timestamps", "sack", "window-scaling", "ecn"]],
  fields: [
    { field: "sendWindowScale", offset: 1, width: 1 },
    { field: "receiveWindowScale", offset: 2, width: 1 },
    { field: "rtoUs", offset: 12, width: 4, factor: 1000 },
    { field: "sendMssBytes", offset: 16, width: 4 },
    { field: "slowStartThresholdBytes", offset: 20, width: 4, none: DARWIN_NO_THRESHOLD },
    { field: "congestionWindowBytes", offset: 24, width: 4 },
    { field: "sendWindowBytes", offset: 28, width: 4 },
    { field: "sendQueueBytes", offset: 32, width: 4 },
    { field: "receiveWindowBytes", offset: 36, width: 4 },
    { field: "latestRttUs", offset: 40, width: 4, factor: 1000 },
    { field: "rttUs", offset: 44, width: 4, factor: 1000 },
    { field: "rttVarianceUs", offset: 48, width: 4, factor: 1000 },
    { field: "sentSegments", offset: 56, width: 8 },
    { field: "sentBytes", offset: 64, width: 8 },
    { field: "retransmittedBytes", offset: 72, width: 8 },
    { field: "receivedSegments", offset: 80, width: 8 },
    { field: "receivedBytes", offset: 88, width: 8 },
    { field: "outOfOrderBytes", offset: 96, width: 8 },
    { field: "totalRetransmittedSegments", offset: 104, width: 8 },
  ],
};

/** The structures; Windows's is not read. */
export const TCP_INFO_LAYOUTS: Readonly<Record<Exclude<SocketPlatform, "windows">, TcpInfoLayout>> = {
  linux: LINUX,
  darwin: DARWIN,
};
