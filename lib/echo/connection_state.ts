import type { TcpInfo } from "../socket/tcp_info.ts";
import type { ServedConnectionInfo } from "./served_connection_summary.ts";

/** A connection that is being served, as it is at a moment. */
export interface ConnectionState extends ServedConnectionInfo {
  /** `finishing` once the server has nothing more to send but what it owes: at its shutdown, or by a limit. */
  readonly state: "serving" | "finishing";
  /** Milliseconds since it was accepted, or since its TLS handshake. */
  readonly ageMs: number;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent. */
  readonly bytesOut: number;
  /** What the kernel knows of it, where that was asked for and is to be had (Linux and macOS, `--allow-ffi`). */
  readonly tcpInfo?: TcpInfo;
}

/** Options for `EchoServer.connections()`. */
export interface ConnectionsOptions {
  /**
   * Connections at most: the oldest ones.
   *
   * @default {1000}
   */
  limit?: number;
  /**
   * Adds what the kernel knows of each (TCP_INFO, tcp(7)), which takes some 20 to 60 µs a connection.
   *
   * @default {false}
   */
  tcpInfo?: boolean;
}

/** How many are listed where nothing is said. */
export const DEFAULT_LIMIT = 1000;

/** @throws {RangeError} if the limit is no number of connections. */
export function checkConnectionsOptions({ limit = DEFAULT_LIMIT }: ConnectionsOptions): void {
  if (!(Number.isSafeInteger(limit) && limit > 0)) {
    throw new RangeError(`cannot list at most ${limit} connections: use a whole number from 1`);
  }
}
