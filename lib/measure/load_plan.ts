import type { TlsClientOptions } from "../net/tls_options.ts";
import type { ConnectorSocketOptions } from "../socket/socket_options.ts";
import type { BenchAsked } from "./bench_result.ts";

/** What one thread of a bench does: plain data, since it may go to a Worker. */
export interface LoadPlan extends Omit<BenchAsked, "connections" | "workers" | "tls"> {
  /** The server's host. */
  readonly hostname: string;
  /** The server's port. */
  readonly port: number;
  /** Connections of all threads: what the schedule is laid out for. */
  readonly connections: number;
  /** The first connection of this thread, and the one after its last. */
  readonly from: number;
  /** The connection after this thread's last. */
  readonly to: number;
  /** Whether each connection and each failure is told of. */
  readonly eventful: boolean;
  /** See `ConnectOptions`. */
  readonly tls: boolean | TlsClientOptions;
  /** The socket options of each connection. */
  readonly socketOptions: ConnectorSocketOptions & { keepAlive?: unknown; noDelay?: boolean };
}

/**
 * Splits connections over threads, as evenly as can be.
 *
 * @returns For each thread its first connection and the one after its last.
 */
export function shares(connections: number, workers: number): (readonly [from: number, to: number])[] {
  const used = Math.min(workers, connections);
  const border = (i: number) => Math.floor((connections * i) / used);
  return Array.from({ length: used }, (_, i) => [border(i), border(i + 1)] as const);
}
