/**
 * Why a connection was refused, closed at once: the access list (`allow`, `deny`), a limit of that name, or a TLS handshake
 * that failed or did not come to its end.
 */
export type RefusalReason = "access" | "maxConnections" | "maxPerHost" | "acceptRate" | "handshake";

/** The limit that ended a connection: `idleTimeout`, `maxLifetime` or `maxBytes`. */
export type LimitReason = "idle" | "lifetime" | "bytes";

/** What a server has done so far. */
export interface ServerStats {
  /** Connections open: being served, or in their TLS handshake. */
  readonly open: number;
  /** Connections served since the start, those being served included. */
  readonly total: number;
  /** Connections refused: the sum of `refusedBy`. They are not in `total`. */
  readonly refused: number;
  /** The same by reason. */
  readonly refusedBy: Readonly<Record<RefusalReason, number>>;
  /** Connections that a limit ended. */
  readonly endedBy: Readonly<Record<LimitReason, number>>;
  /** How often a rate limit made a connection wait. */
  readonly pauses: number;
  /** Connections into which a fault was injected. */
  readonly faulted: number;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent. */
  readonly bytesOut: number;
  /** Connections that ended by `reset`, `timeout`, `error` or the death of their Worker, and failed tries to accept one. */
  readonly errors: number;
}
