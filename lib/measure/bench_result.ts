import type { TcpInfo } from "../socket/tcp_info.ts";
import type { Distribution } from "./distribution.ts";
import type { GateVerdict } from "./gate.ts";
import type { TlsFacts } from "./tls_facts.ts";

/** The number of the schema of results: it changes when a member changes its meaning or goes. */
export const RESULT_SCHEMA = 1;

/** Connections of which a result has TCP_INFO, at most. */
export const MOST_TCP_INFO = 100;

/** What is measured: requests that are echoed one by one, or as many bytes as go through. */
export type BenchMode = "echo" | "stream";

/** Which way the bytes of a stream are counted: to the server (discard), from it (chargen), or through an echo server. */
export type StreamDirection = "up" | "down" | "both";

/** What was asked of a bench: defaults included. */
export interface BenchAsked {
  /** Connections, over all Workers. */
  readonly connections: number;
  /** Length of the measured time. */
  readonly durationMs: number;
  /** Time before it, which is left out of the figures. */
  readonly warmupMs: number;
  /** Bytes of a request; of a write in a stream. */
  readonly sizeBytes: number;
  /** Requests per second over all connections, sent on schedule (open loop); null: as fast as echoes come (closed loop). */
  readonly ratePerSecond: number | null;
  /** Requests that may be under way on one connection. */
  readonly pipeline: number;
  /** Whether each request has a connection of its own. */
  readonly churn: boolean;
  /** What is measured. */
  readonly mode: BenchMode;
  /** Which way a stream goes; null in echo mode. */
  readonly direction: StreamDirection | null;
  /** Threads. */
  readonly workers: number;
  /** Whether each byte of the echo is compared. */
  readonly verify: boolean;
  /** Time without a byte after which a connection that is owed one has failed. */
  readonly timeoutMs: number;
  /** Time for one connection to be made, its TLS handshake included. */
  readonly connectTimeoutMs: number;
  /** Whether the connections speak TLS. */
  readonly tls: boolean;
}

/** What a result was measured with. */
export interface Environment {
  /** The operating system, as Deno calls it. */
  readonly os: string;
  /** The target that Deno was built for. */
  readonly target: string;
  /** Processors that the system has for this program. */
  readonly cpus: number;
  /** Deno's version. */
  readonly deno: string;
  /** Sounder's version. */
  readonly sounder: string;
  /** The smallest step of the clock that was seen, in microseconds. */
  readonly clockResolutionUs: number;
  /** What it costs to take one sample: reading the clock twice and recording the difference, in microseconds. */
  readonly sampleCostUs: number;
}

/** The kinds of failure that a bench counts. */
export const BENCH_ERROR_KINDS = [
  "refused",
  "reset",
  "timeout",
  "short",
  "mismatch",
  "unreachable",
  "not-found",
  "denied",
  "tls",
  "failed",
] as const;

/**
 * A kind of failure: no server there; RST; nothing came in time; FIN before all was echoed; wrong bytes; the other kinds of
 * a `ConnectError`; anything else.
 */
export type BenchErrorKind = (typeof BENCH_ERROR_KINDS)[number];

/** How often one kind of failure came. */
export interface BenchErrorCount {
  /** The kind. */
  readonly kind: BenchErrorKind;
  /** How often. */
  readonly count: number;
  /** The first of them, in words. */
  readonly example: string;
}

/** What happened in one second, or in the rest of one at the end. */
export interface BenchInterval {
  /** Its begin, from the begin of the measured time. */
  readonly startMs: number;
  /** Its length: 1000; of the last, what was left and the time until the last echo came. */
  readonly lengthMs: number;
  /** Requests whose whole echo came; 0 in a stream. */
  readonly requests: number;
  /** Failures. */
  readonly errors: number;
  /** Bytes that the system took. */
  readonly bytesSent: number;
  /** Bytes that came. */
  readonly bytesReceived: number;
  /** Median latency; null with fewer than 20 samples. */
  readonly p50Ms: number | null;
  /** 99th percentile of latency; null with fewer than 1000 samples. */
  readonly p99Ms: number | null;
  /** Longest latency; null without a sample. */
  readonly maxMs: number | null;
}

/** How an open loop kept to its schedule. */
export interface ScheduleReport {
  /** Requests that were due within the measured time. */
  readonly due: number;
  /** Of these, not sent by its end. */
  readonly unsent: number;
  /** How late a request was sent: waiting for a free place on its connection included. */
  readonly delay: Distribution;
  /** Whether the load fell behind: requests were left unsent, and more of them than become due within 100 ms. */
  readonly behind: boolean;
}

/** The result of a bench: one object, of plain data, as `--json` prints it. */
export interface BenchResult {
  /** {@linkcode RESULT_SCHEMA}. */
  readonly schema: typeof RESULT_SCHEMA;
  /** What made it. */
  readonly command: "bench";
  /** The server. */
  readonly target: { readonly hostname: string; readonly port: number };
  /** When the measured time began (ISO 8601, UTC). */
  readonly startedAt: string;
  /** What was asked. */
  readonly options: BenchAsked;
  /** What it was measured with; of a merged result, that of the first. */
  readonly environment: Environment;
  /** What TLS came to on the first connection; null without TLS, or where no connection was made. */
  readonly tls: TlsFacts | null;
  /** How many results were merged into this; 1 if none was. */
  readonly merged: number;
  /** Whether it ended before its time: by a signal, or because no connection was left. */
  readonly partial: boolean;
  /** Length of the time that was measured: until the last echo came that was owed at its end. */
  readonly elapsedMs: number;
  /** Sums over the measured time. */
  readonly totals: {
    /** Requests whose whole echo came. */
    readonly requests: number;
    /** Failures. */
    readonly errors: number;
    /** Bytes that the system took. */
    readonly bytesSent: number;
    /** Bytes that came. */
    readonly bytesReceived: number;
    /** Connections that were made, the warmup's included. */
    readonly connections: number;
  };
  /** The sums by second of the measured time. */
  readonly rates: {
    readonly requestsPerSecond: number;
    readonly sentBytesPerSecond: number;
    readonly receivedBytesPerSecond: number;
  };
  /**
   * From when a request should have been sent until the last byte of its echo came: what a user waits. In a closed loop
   * from when it was sent.
   */
  readonly latency: Distribution;
  /** From when a request was sent: what the server and the path took. Null in a closed loop, where it is the latency. */
  readonly serviceTime: Distribution | null;
  /** How long connections took to be made, without their TLS handshakes. */
  readonly connectTime: Distribution;
  /** How long the TLS handshakes took; null without TLS. */
  readonly tlsTime: Distribution | null;
  /** How the schedule was kept; null in a closed loop. */
  readonly schedule: ScheduleReport | null;
  /** Failures by kind, the most frequent first. */
  readonly errors: readonly BenchErrorCount[];
  /** Second by second. */
  readonly series: readonly BenchInterval[];
  /** What the kernel knew of the connections at the end; empty without FFI. At most 100 of them. */
  readonly tcpInfo: readonly TcpInfo[];
  /** What became of the gates. */
  readonly gates: readonly GateVerdict[];
  /** Why there is no measurement; null where there is one. */
  readonly error: { readonly kind: string; readonly message: string } | null;
}
