import type { Address } from "../core/address.ts";
import type { Logger } from "../core/logger.ts";
import type { Connection } from "../net/connection.ts";
import type { ListenOptions } from "../net/listen.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import type { ServedConnectionInfo, ServedConnectionSummary } from "./served_connection.ts";
import type { ServiceName } from "./service.ts";

/** Options for `serve()`. */
export interface ServeOptions extends ListenOptions {
  /**
   * What is done with each connection.
   *
   * @default {"echo"}
   */
  service?: ServiceName;
  /** Milliseconds without a byte in either direction after which a connection is closed. Without it, never. */
  idleTimeout?: number;
  /** Connections served at once at most; more are accepted, closed at once and counted as refused. Without it, no limit. */
  maxConnections?: number;
  /**
   * Threads that accept and serve, the kernel spreading connections over them: this one and Workers, or `"auto"` for as
   * many as there are processors. They share the port (SO_REUSEPORT), which needs Linux and Deno's unstable net API, and
   * `--allow-read` for this library's files. `onConnection` is for one thread only, since a connection does not leave its
   * own; the other callbacks and the logger are called here, and what they are given is a copy. `maxConnections`, `stats`
   * and `shutdown()` are those of all threads together.
   *
   * @default {1}
   */
  workers?: number | "auto";
  /**
   * Milliseconds that open connections are served on at a {@linkcode EchoServer.shutdown} that is given none, and when a
   * Worker has died.
   *
   * @default {5000}
   */
  grace?: number;
  /** Closes the server, as {@linkcode EchoServer.close} does. */
  signal?: AbortSignal;
  /**
   * Called with each connection before it is served. If it throws, the connection is closed; a promise that it returns is
   * not waited for.
   */
  onConnection?: (connection: Connection, info: ServedConnectionInfo) => void;
  /** Called once for each connection that was served, when it has ended; not for those of a Worker that died. */
  onClose?: (summary: ServedConnectionSummary) => void;
  /**
   * Called with trouble that no peer's ordinary doing explains: no free descriptor, a failing service, an exception in
   * one of these callbacks, a Worker that died. A peer's RST is not among them; see {@linkcode ServedConnectionSummary.reason}.
   */
  onError?: (error: unknown) => void;
  /** Where events are logged: each connection, read and write at debug; start and stop at info; trouble at warn. */
  logger?: Logger;
}

/** What a server has done so far. */
export interface ServerStats {
  /** Connections being served. */
  readonly open: number;
  /** Connections served since the start, the open ones included. */
  readonly total: number;
  /** Connections closed at once because of `maxConnections`. */
  readonly refused: number;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent. */
  readonly bytesOut: number;
  /** Connections that ended by `reset`, `timeout`, `error` or the death of their Worker, and failed tries to accept one. */
  readonly errors: number;
}

/** How a {@linkcode EchoServer.shutdown} went. */
export interface ShutdownReport {
  /** Connections still open when the grace was over, which the server ended. */
  readonly endedByServer: number;
  /** Bytes received from those, before they were sent FIN, that could not be echoed; 0 means that no byte was lost. */
  readonly unechoedBytes: number;
  /** Bytes that came from those after FIN was sent to them, since they had not seen it yet; these are not echoed. */
  readonly lateBytes: number;
}

/** A running server. */
export interface EchoServer extends AsyncDisposable {
  /** The address bound, with the port that was chosen for port 0. */
  readonly addr: Address;
  /** The socket options that were asked for, and what the kernel made of them on the listener. */
  readonly socketOptions: readonly SocketOptionReport[];
  /** What has been done so far: a snapshot. */
  readonly stats: ServerStats;
  /**
   * Resolves when all threads accept connections: at once without `workers`. It rejects, once the server is closed, if a
   * Worker could not be started; whoever does not wait for it finds that in {@linkcode EchoServer.failure}.
   */
  readonly ready: Promise<void>;
  /** Resolves when the server has stopped and its last connection has ended. Never rejects. */
  readonly finished: Promise<void>;
  /**
   * The Worker that could not be started, or died: the server ends by itself then, in order in the latter case. `undefined`
   * where nothing of the kind happened.
   */
  readonly failure: Error | undefined;

  /** Stops accepting and closes every connection at once. Disposing does this and waits for `finished`. */
  close(): void;

  /**
   * Stops in order: accepts those who are connected already, stops listening, goes on serving until every connection has
   * ended or the grace is over; then sends FIN to those that are owed nothing, and cuts the rest a second later. A second
   * call joins the first.
   *
   * @param grace Milliseconds; by default {@linkcode ServeOptions.grace}.
   * @throws {RangeError} if the grace is negative or not a number.
   */
  shutdown(grace?: number): Promise<ShutdownReport>;
}
