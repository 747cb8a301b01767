import type { TcpInfo } from "../socket/tcp_info.ts";
import type { BenchErrorCount } from "./bench_result.ts";
import type { TallyHistograms, TallyInterval } from "./tally.ts";
import type { TlsFacts } from "./tls_facts.ts";

/** What goes on beside a load. */
export interface LoadEvents {
  /** Called when every connection was tried; the load begins when it resolves. */
  ready(): Promise<void>;
  /** Called at the end of each second of the measured time. */
  onInterval(interval: TallyInterval): void;
  /** Ends the load early. */
  signal: AbortSignal;
  /** Told of each connection that is made, and each failure. */
  onEvent?(event: LoadEvent): void;
}

/** What happened to one lane. */
export interface LoadEvent {
  /** A connection was made, or something failed. */
  readonly event: "connect" | "failure";
  /** The lane's number among those of all threads. */
  readonly lane: number;
  /** In words: how long connecting took, or what failed. */
  readonly message: string;
}

/** What one thread measured. */
export interface LoadOutcome {
  /** When the measured time began; undefined where it never did, since there was no server. */
  readonly startedAt: Date | undefined;
  /** Its length, until the last echo that came. */
  readonly elapsedMs: number;
  /** Whether it ended before its time. */
  readonly partial: boolean;
  /** Connections that were made. */
  readonly connections: number;
  /** What TLS came to on the first of them. */
  readonly tls: TlsFacts | undefined;
  /** Failures by kind. */
  readonly errors: readonly BenchErrorCount[];
  /** The distributions. */
  readonly histograms: TallyHistograms;
  /** Requests that were due within the measured time, and of these those not sent; undefined in a closed loop. */
  readonly schedule: { readonly due: number; readonly unsent: number } | undefined;
  /** What the kernel knew of connections at the end. */
  readonly tcpInfo: readonly TcpInfo[];
}
