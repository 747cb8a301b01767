import type { Address } from "../core/address.ts";
import type { TlsInfo } from "../net/tls_options.ts";
import type { Fault } from "./fault.ts";
import type { LimitReason } from "./server_stats.ts";
import type { ServiceName } from "./service.ts";

/** A connection that a server serves. */
export interface ServedConnectionInfo {
  /** Serial number within the server, from 1, in order of accept; one whose TLS handshake fails has one too. */
  readonly id: number;
  /** What is done with it. */
  readonly service: ServiceName;
  /** The server's end. */
  readonly localAddr: Address;
  /** The peer's end. */
  readonly remoteAddr: Address;
  /** What the TLS handshake came to; `undefined` without TLS. */
  readonly tls: TlsInfo | undefined;
  /** The faults that it drew; `undefined` where it drew none. */
  readonly faults: readonly Fault[] | undefined;
}

/**
 * Why a served connection ended: both sides sent FIN (`finished`), the peer sent RST or broke off TLS (`reset`) or stopped answering
 * (`timeout`), a limit was reached (`idle`, `lifetime`, `bytes`), a fault was injected that ends it (`fault`), the server
 * stopped (`shutdown`), or something failed here (`error`).
 */
export type CloseReason = "finished" | "reset" | "timeout" | LimitReason | "fault" | "shutdown" | "error";

/** How a served connection went. */
export interface ServedConnectionSummary extends ServedConnectionInfo {
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent. */
  readonly bytesOut: number;
  /** Milliseconds from accept to close. */
  readonly durationMs: number;
  /** Why it ended. */
  readonly reason: CloseReason;
  /** What was thrown, unless it ended by `finished`, `fault`, `shutdown` or a limit. */
  readonly error?: unknown;
}
