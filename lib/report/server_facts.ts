/**
 * What is told of a running server, as plain data: the statistics and connections of an `EchoServer` fit in here.
 *
 * @module
 */
import type { Address } from "../core/address.ts";

/** How often something happened, by its reason. */
export type Counts = Readonly<Record<string, number>>;

/** What a server has done so far. */
export interface ServerCounts {
  /** Connections open now. */
  readonly open: number;
  /** Connections served, those open included. */
  readonly total: number;
  /** Connections refused: the sum of `refusedBy`. */
  readonly refused: number;
  /** The same by reason. */
  readonly refusedBy: Counts;
  /** Connections that a limit ended, by limit. */
  readonly endedBy: Counts;
  /** How often a rate limit made a connection wait. */
  readonly pauses: number;
  /** Connections into which a fault was injected. */
  readonly faulted: number;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent. */
  readonly bytesOut: number;
  /** Connections that ended by an error, and failed tries to accept one. */
  readonly errors: number;
}

/** A server and its process, at a moment. */
export interface ServerFacts {
  /** Sounder's version. */
  readonly version: string;
  /** When it began to serve, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Milliseconds since then. */
  readonly uptimeMs: number;
  /** Whether its end has begun. */
  readonly stopping: boolean;
  /** The addresses bound, and what is done there. */
  readonly endpoints: readonly { readonly addr: Address; readonly service: string; readonly tls: boolean }[];
  /** What it has done so far. */
  readonly stats: ServerCounts;
  /** Memory of the process that is in RAM, in bytes. */
  readonly residentBytes: number;
}

/** A connection at a moment. */
export interface ConnectionFacts {
  /** Serial number within the server. */
  readonly id: number;
  /** What is done with it. */
  readonly service: string;
  /** The server's end. */
  readonly localAddr: Address;
  /** The peer's end. */
  readonly remoteAddr: Address;
  /** What the TLS handshake came to; `undefined` without TLS. */
  readonly tls: { readonly version: string } | undefined;
  /** `serving`, or `finishing` once its end has begun. */
  readonly state: string;
  /** Milliseconds since it was accepted. */
  readonly ageMs: number;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent. */
  readonly bytesOut: number;
}

/** How fast bytes went through a connection lately. */
export interface ConnectionRates {
  /** Bytes received per second. */
  readonly bytesInPerSecond: number;
  /** Bytes sent per second. */
  readonly bytesOutPerSecond: number;
  /** Milliseconds over which both are: since the look before, or since it was accepted. */
  readonly rateMs: number;
}

/** A connection and its rates. */
export type RatedConnection<C extends ConnectionFacts = ConnectionFacts> = C & ConnectionRates;
