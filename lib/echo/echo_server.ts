import type { Address } from "../core/address.ts";
import type { Logger } from "../core/logger.ts";
import type { Connection } from "../net/connection.ts";
import type { ListenOptions } from "../net/listen.ts";
import type { TlsServerOptions } from "../net/tls_options.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import type { Fault } from "./fault.ts";
import type { ConnectionsOptions, ConnectionState } from "./connection_state.ts";
import type { ServedConnectionInfo, ServedConnectionSummary } from "./served_connection_summary.ts";
import type { ServeLimits } from "./serve_limits.ts";
import type { ServerStats } from "./server_stats.ts";
import type { ServiceName } from "./service.ts";

/** An address that a server listens on, and what it does there. */
export interface ServeEndpoint {
  /**
   * As {@linkcode ListenOptions.hostname}.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /**
   * TCP port; 0 takes any free one.
   *
   * @default {0}
   */
  port?: number;
  /**
   * What is done with each connection.
   *
   * @default {"echo"}
   */
  service?: ServiceName;
  /**
   * Speaks TLS, by {@linkcode ServeOptions.tls}.
   *
   * @default {false}
   */
  tls?: boolean;
}

/** An address that a server is bound to, and what it does there. */
export interface ServerEndpoint {
  /** The address bound. */
  readonly addr: Address;
  /** What is done with each connection. */
  readonly service: ServiceName;
  /** Whether it speaks TLS. */
  readonly tls: boolean;
}

/** What a running server can be given anew: connections that are open go on as they are. */
export interface ServeReload {
  /** Certificate, key and the rest, for the next handshakes: all of it, not only what changes. */
  tls?: TlsServerOptions;
  /** Both lists, for the next connections: one that is left out is none. */
  access?: Pick<ServeLimits, "allow" | "deny">;
}

/** Options for `serve()`. */
export interface ServeOptions extends ListenOptions, ServeLimits {
  /**
   * What is done with each connection.
   *
   * @default {"echo"}
   */
  service?: ServiceName;
  /**
   * Several addresses to listen on, each with its service, in place of `hostname`, `port` and `service`. Socket options,
   * limits and statistics are those of all together.
   */
  endpoints?: readonly ServeEndpoint[];
  /**
   * Speaks TLS with every connection; with `endpoints`, with those of the ones that say so. What it takes is loaded when
   * it is given; until that is there, connections wait for their handshake.
   */
  tls?: TlsServerOptions;
  /**
   * Faults to inject, each into its share of the connections: a test partner for clients. See {@linkcode parseFault} for
   * what there is.
   */
  faults?: readonly Fault[];
  /**
   * What the faults draw from: with the same seed the same connections, in order of accept, meet the same faults, to the
   * byte. A whole number from 0 below 2^53.
   *
   * @default {a random one} See {@linkcode EchoServer.faultSeed}.
   */
  faultSeed?: number;
  /**
   * Threads that accept and serve, the kernel spreading connections over them: this one and Workers, or `"auto"` for as
   * many as there are processors. They share the port (SO_REUSEPORT), which needs Linux and Deno's unstable net API, and
   * `--allow-read` for this library's files. `onConnection` is for one thread only, since a connection does not leave its
   * own; the other callbacks and the logger are called here, and what they are given is a copy. The limits, `stats` and
   * `shutdown()` are those of all threads together.
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
  /** The address bound, with the port that was chosen for port 0: the first one of several. */
  readonly addr: Address;
  /** All addresses bound, in the order given. */
  readonly endpoints: readonly ServerEndpoint[];
  /** The socket options that were asked for, and what the kernel made of them on the listener (the first of several). */
  readonly socketOptions: readonly SocketOptionReport[];
  /** What has been done so far: a snapshot. */
  readonly stats: ServerStats;
  /** What the faults draw from; `undefined` where there are none. */
  readonly faultSeed: number | undefined;
  /**
   * Resolves when all threads accept connections, and TLS is loaded: at once without `workers` and `tls`. It rejects, once
   * the server is closed, if a Worker could not be started, or the certificate or key is wrong; whoever does not wait for it finds that in {@linkcode EchoServer.failure}.
   */
  readonly ready: Promise<void>;
  /** Resolves when the server has stopped and its last connection has ended. Never rejects. */
  readonly finished: Promise<void>;
  /**
   * The Worker that could not be started, or died, or the TLS options that cannot be used: the server ends by itself then, in order in the latter case. `undefined`
   * where nothing of the kind happened.
   */
  readonly failure: Error | undefined;

  /**
   * Lists the connections that are being served, the oldest first.
   *
   * @throws {RangeError} if the limit is no number of connections.
   */
  connections(options?: ConnectionsOptions): Promise<readonly ConnectionState[]>;

  /**
   * Takes on another certificate, or another access list, with no connect refused and no connection dropped. Where it
   * rejects, the ones before stay in force.
   *
   * @throws {TypeError} if the server does not speak TLS, or a certificate or key is wrong.
   * @throws {SyntaxError} if an entry of a list is no address or network.
   */
  reload(changes: ServeReload): Promise<void>;

  /** Stops accepting and closes every connection at once. Disposing does this and waits for `finished`. */
  close(): void;

  /**
   * Stops in order: accepts those who are connected already, stops listening, goes on serving until every connection has
   * ended or the grace is over; then sends FIN to those that are owed nothing, and cuts the rest a second later (and what an injected
   * delay takes, at most 10 s). A second
   * call joins the first.
   *
   * @param grace Milliseconds; by default {@linkcode ServeOptions.grace}.
   * @throws {RangeError} if the grace is negative or not a number.
   */
  shutdown(grace?: number): Promise<ShutdownReport>;
}
