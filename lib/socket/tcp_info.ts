import { describeErrno, errnoName } from "./errno.ts";
import { getOption } from "./get_option.ts";
import { type Libc, openLibc } from "./libc.ts";
import { parseTcpInfo } from "./parse_tcp_info.ts";
import { requireDescriptor, type SocketTarget } from "./socket_target.ts";
import { TCP_INFO_LAYOUTS } from "./tcp_info_layout.ts";

/** A state of TCP's (RFC 9293), by the names of Linux. */
export type TcpState =
  | "ESTABLISHED"
  | "SYN_SENT"
  | "SYN_RECV"
  | "FIN_WAIT1"
  | "FIN_WAIT2"
  | "TIME_WAIT"
  | "CLOSE"
  | "CLOSE_WAIT"
  | "LAST_ACK"
  | "LISTEN"
  | "CLOSING";

/**
 * What the congestion control is about: nothing (`open`), duplicate ACKs (`disorder`), a window made smaller because of
 * ECN or the like (`cwr`), fast retransmit (`recovery`), or a retransmission timeout (`loss`).
 */
export type CongestionState = "open" | "disorder" | "cwr" | "recovery" | "loss";

/**
 * What both ends use: timestamps, selective ACKs, window scaling, explicit congestion notification (and whether a packet
 * came with it); `syn-data`: data travelled with the SYN and was acknowledged; `microsecond-timestamps`; and
 * `fast-open-child`: a listener accepted it by fast open.
 */
export type TcpInfoOption =
  | "timestamps"
  | "sack"
  | "window-scaling"
  | "ecn"
  | "ecn-seen"
  | "syn-data"
  | "microsecond-timestamps"
  | "fast-open-child";

/**
 * What the kernel knows of a TCP socket (TCP_INFO of Linux, tcp(7); TCP_CONNECTION_INFO of macOS). The names end with the
 * unit: `Us` microseconds, `Ms` milliseconds, `Bytes`, `Segments`, `BytesPerSecond`. A member is undefined where this
 * kernel does not have it (macOS has few, and an older Linux lacks the newer ones), where there is no value yet, or no
 * limit.
 */
export interface TcpInfo {
  /** The state; of a listener only this, `acceptQueueLength` and `backlog` are told. */
  readonly state: TcpState;
  /** Listener: connections that wait to be accepted. Linux. */
  readonly acceptQueueLength?: number;
  /** Listener: how many may wait, as capped by the system. Linux; it lets one more wait. */
  readonly backlog?: number;
  /** What both ends use. */
  readonly options?: readonly TcpInfoOption[];
  /** What the congestion control is about. */
  readonly congestionState?: CongestionState;
  /** Power of two by which the windows that the peer announces are multiplied. */
  readonly sendWindowScale?: number;
  /** Power of two by which the windows that this end announces are multiplied. */
  readonly receiveWindowScale?: number;

  /** Round-trip time, smoothed; undefined before the first was measured. On macOS in whole milliseconds. */
  readonly rttUs?: number;
  /** Mean deviation of the round-trip time. */
  readonly rttVarianceUs?: number;
  /** Smallest round-trip time of the last minutes (`net.ipv4.tcp_min_rtt_wlen`). */
  readonly minRttUs?: number;
  /** Latest round-trip time. macOS. */
  readonly latestRttUs?: number;
  /** Round-trip time as the receiver estimates it; undefined before it could. */
  readonly receiveRttUs?: number;
  /** Time after which an unacknowledged segment is sent again. */
  readonly rtoUs?: number;
  /** Time for which an ACK may be delayed. */
  readonly delayedAckUs?: number;

  /** Congestion window. Linux. */
  readonly congestionWindowSegments?: number;
  /** Congestion window. macOS. */
  readonly congestionWindowBytes?: number;
  /** Congestion window where slow start ends; undefined while no loss has set it. Linux. */
  readonly slowStartThresholdSegments?: number;
  /** Congestion window where slow start ends; undefined while no loss has set it. macOS. */
  readonly slowStartThresholdBytes?: number;
  /** Window that the peer announced: bytes that may be under way. */
  readonly sendWindowBytes?: number;
  /** Window that this end announced. */
  readonly receiveWindowBytes?: number;
  /** Most that this end means to announce, for now. */
  readonly receiveThresholdBytes?: number;
  /** Bytes that the program reads per round trip, by which the receive buffer is tuned. */
  readonly receiveSpaceBytes?: number;
  /** Largest segment that is sent, without headers and options. */
  readonly sendMssBytes?: number;
  /** Largest segment that came, as estimated. */
  readonly receiveMssBytes?: number;
  /** Largest segment that this end announced in its SYN. */
  readonly advertisedMssBytes?: number;
  /** Largest packet that the path takes, as far as is known. */
  readonly pathMtuBytes?: number;

  /** Rate to which sending is paced; undefined if it is not paced. */
  readonly pacingRateBytesPerSecond?: number;
  /** Limit of that rate (SO_MAX_PACING_RATE); undefined if there is none. */
  readonly maxPacingRateBytesPerSecond?: number;
  /** Rate at which data reached the peer, as last measured; undefined if it never was. */
  readonly deliveryRateBytesPerSecond?: number;
  /** Whether that rate was bounded by how fast the program wrote, not by the path. */
  readonly deliveryRateAppLimited?: boolean;

  /** Sent and not acknowledged. */
  readonly unackedSegments?: number;
  /** Of these, acknowledged out of order (SACK). */
  readonly sackedSegments?: number;
  /** Of these, taken for lost. */
  readonly lostSegments?: number;
  /** Of these, sent again. */
  readonly retransmittedSegments?: number;
  /** Written and not sent yet. */
  readonly notSentBytes?: number;
  /** Written and not acknowledged yet. macOS. */
  readonly sendQueueBytes?: number;
  /** How far segments may be out of order before one counts as lost. */
  readonly reorderingSegments?: number;
  /** Retransmission timeouts in a row, now. */
  readonly timeoutRetransmits?: number;
  /** Unanswered probes of an idle peer or a closed window, now. */
  readonly probes?: number;
  /** How often the retransmission timeout was doubled, now. */
  readonly backoff?: number;

  /** Time since data was last sent, or since the connection was made. */
  readonly lastDataSentMs?: number;
  /** Time since data last came, or since the connection was made. */
  readonly lastDataReceivedMs?: number;
  /** Time since an ACK last came. */
  readonly lastAckReceivedMs?: number;

  /** Data sent in all, retransmissions included. */
  readonly sentBytes?: number;
  /** Data sent again, in all. */
  readonly retransmittedBytes?: number;
  /** Sent bytes that were acknowledged; on the connecting side the SYN counts as one, and everywhere the FIN. */
  readonly ackedBytes?: number;
  /** Data that came, in all; the peer's FIN counts as one. */
  readonly receivedBytes?: number;
  /** Segments sent in all. */
  readonly sentSegments?: number;
  /** Of these, with data. */
  readonly sentDataSegments?: number;
  /** Of these, sent again. */
  readonly totalRetransmittedSegments?: number;
  /** Segments that came, in all. */
  readonly receivedSegments?: number;
  /** Of these, with data. */
  readonly receivedDataSegments?: number;
  /** Segments that came out of order, in all. Linux. */
  readonly outOfOrderSegments?: number;
  /** Data that came out of order, in all. macOS. */
  readonly outOfOrderBytes?: number;
  /** Segments that reached the peer, in all. */
  readonly deliveredSegments?: number;
  /** Of these, marked for congestion on their way (ECN). */
  readonly deliveredCeSegments?: number;
  /** Times that the peer said it had a segment already (DSACK). */
  readonly duplicateSacks?: number;
  /** Times that segments were seen out of order. */
  readonly reorderingEvents?: number;
  /** Retransmission timeouts in all, those of SYNs included. */
  readonly totalTimeouts?: number;

  /** Time that sending was under way. */
  readonly busyUs?: number;
  /** Of this, held up by the peer's window. */
  readonly receiveWindowLimitedUs?: number;
  /** Of this, held up by the send buffer. */
  readonly sendBufferLimitedUs?: number;
}

/**
 * What the kernel knows of a connection or listener, this library's or Deno's own: round-trip time, windows,
 * retransmissions, rates; of a listener its accept queue. Needs `--allow-ffi`.
 *
 * @throws {Deno.errors.NotCapable} without `--allow-ffi`.
 * @throws {Deno.errors.NotSupported} on Windows.
 * @throws {Deno.errors.BadResource} if the target is closed.
 *
 * @example
 * ```ts
 * import { connect, serve, tcpInfo } from "@sounder/tcp";
 *
 * await using server = serve({ port: 0 });
 * using connection = await connect(server.addr);
 * const { state, rttUs, totalRetransmittedSegments } = tcpInfo(connection);
 * console.log(state, rttUs, totalRetransmittedSegments); // such as: ESTABLISHED 35 0
 * ```
 */
export function tcpInfo(target: SocketTarget): TcpInfo {
  const what = "read the TCP information";
  const fd = requireDescriptor(target, what);
  const libc = openLibc();
  const info = readTcpInfo(fd, libc);
  if (info !== undefined) return info;
  const why = describeErrno(errnoName(libc.errno(), libc.platform));
  throw new Deno.errors.BadResource(`cannot ${what} of a socket: ${why}`);
}

/** More bytes than any kernel's structure has: Linux 6.18 gives 280. */
const LONGEST = 1024;
const IPPROTO_TCP = 6;

/**
 * What the kernel knows of the socket behind a descriptor.
 *
 * @returns undefined if the kernel does not tell it, for which `libc.errno()` has the reason.
 */
export function readTcpInfo(fd: number, libc: Libc = openLibc()): TcpInfo | undefined {
  if (libc.platform === "windows") return undefined;
  const bytes = getOption(libc, fd, IPPROTO_TCP, TCP_INFO_LAYOUTS[libc.platform].option, LONGEST);
  return bytes && parseTcpInfo(bytes, libc.platform);
}
