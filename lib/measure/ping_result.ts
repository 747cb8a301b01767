import type { TcpInfo } from "../socket/tcp_info.ts";
import type { Distribution } from "./distribution.ts";
import type { Environment } from "./bench_result.ts";
import type { GateVerdict } from "./gate.ts";
import type { TlsFacts } from "./tls_facts.ts";

/** How long the parts of a probe took. */
export interface PingPhases {
  /** Looking the name up; null where the host was an address, or nothing was looked up for this probe. */
  readonly lookupMs: number | null;
  /** The TCP handshake; null where the connection was there already. The first probe on a connection has it. */
  readonly connectMs: number | null;
  /** The TLS handshake; null without TLS, or where the connection was there already. */
  readonly tlsMs: number | null;
  /** From the write to the first byte of the echo; null where nothing is sent. */
  readonly firstByteMs: number | null;
  /** From the write to the last byte of the echo; null where nothing is sent. */
  readonly echoMs: number | null;
}

/** Why a probe was lost. */
export type PingLoss =
  | "timeout"
  | "refused"
  | "reset"
  | "closed"
  | "mismatch"
  | "unreachable"
  | "not-found"
  | "denied"
  | "tls"
  | "failed";

/** What became of one probe; `late` ones were counted as lost before, and come again when their echo did. */
export interface PingSample {
  /** The probe's number, from 1. */
  readonly seq: number;
  /** `reply`; `lost`: no echo in time, or an error; `late`: the echo of a probe that counted as lost. */
  readonly outcome: "reply" | "lost" | "late";
  /** When it was sent, or was due where it could not be (ISO 8601, UTC). */
  readonly sentAt: string;
  /** The server's IP address; null where there was no connection. */
  readonly address: string | null;
  /** The time that counts: that of the echo, or with `connect` of the TCP handshake; null if lost. */
  readonly timeMs: number | null;
  /** Its parts. */
  readonly phases: PingPhases;
  /** Why it was lost; null if it was not. */
  readonly loss: PingLoss | null;
  /** The loss in words; null if it was not lost. */
  readonly message: string | null;
  /** Of a `mismatch`, the first wrong byte of the echo, from 0; null otherwise. */
  readonly offset: number | null;
  /** What the kernel knows of the connection, where that was asked for and can be had. */
  readonly tcpInfo: TcpInfo | null;
}

/** How often probes were lost for one reason. */
export interface PingLossCount {
  /** The reason. */
  readonly kind: PingLoss;
  /** Probes lost for it. */
  readonly count: number;
  /** The first of them, in words. */
  readonly example: string;
}

/** A time without an answer: from when the first probe was sent that was lost, to the next reply. */
export interface PingOutage {
  /** When it began (ISO 8601, UTC). */
  readonly startedAt: string;
  /** How long it took; null if it had not ended. */
  readonly durationMs: number | null;
  /** Probes lost in it. */
  readonly lost: number;
}

/** A summary of times: exact, but for the percentiles. */
export interface PingTimes {
  /** The shortest. */
  readonly minMs: number;
  /** The mean. */
  readonly avgMs: number;
  /** The longest. */
  readonly maxMs: number;
  /** Linux ping's: the population standard deviation. */
  readonly mdevMs: number;
  /** The median; of more than a million times to 3 significant digits. */
  readonly medianMs: number;
  /** The 90th percentile; null with too few samples, as in {@linkcode Distribution}. */
  readonly p90Ms: number | null;
  /** The 99th percentile; null with too few samples. */
  readonly p99Ms: number | null;
  /** Mean absolute difference of consecutive times; null with fewer than two. */
  readonly jitterMs: number | null;
}

/** The result of a ping: one object, of plain data, as `--json` prints it. */
export interface PingResult {
  /** The number of the schema of results. */
  readonly schema: 1;
  /** What made it. */
  readonly command: "ping";
  /** The server. */
  readonly target: { readonly hostname: string; readonly port: number; readonly address: string | null };
  /** When it began (ISO 8601, UTC). */
  readonly startedAt: string;
  /** What was asked, defaults included. */
  readonly options: {
    /** Probes; null: until stopped. */
    readonly count: number | null;
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly sizeBytes: number;
    readonly connect: boolean;
    readonly connectTimeoutMs: number;
    readonly tls: boolean;
  };
  /** What it was measured with. */
  readonly environment: Environment;
  /** What TLS came to on the first connection; null without TLS, or where no connection was made. */
  readonly tls: TlsFacts | null;
  /** Time from begin to end. */
  readonly elapsedMs: number;
  /** Probes sent, or tried to. One that was still under way when the ping was stopped is left out. */
  readonly transmitted: number;
  /** Of these, answered in time. */
  readonly received: number;
  /** Of these, answered too late: they count as lost. */
  readonly late: number;
  /** Share of probes lost, from 0 to 1. */
  readonly loss: number;
  /** Why probes were lost, the most frequent reason first. */
  readonly losses: readonly PingLossCount[];
  /** Connections made after the first; with `connect`, where each probe makes one, 0. */
  readonly reconnects: number;
  /** Times without an answer. */
  readonly outages: readonly PingOutage[];
  /** Of the probes received; null where none was. */
  readonly rtt: PingTimes | null;
  /** Of the TLS handshakes of all connections that were made; null without TLS, or where there was none. */
  readonly tlsTime: PingTimes | null;
  /** The times received. */
  readonly distribution: Distribution;
  /** What became of the gates. */
  readonly gates: readonly GateVerdict[];
  /** Why there is no measurement, or why it was cut short; null where there is a whole one. */
  readonly error: { readonly kind: string; readonly message: string } | null;
}
