import { type Address, formatAddress } from "../core/address.ts";
import type { Connection } from "./connection.ts";
import { fromDenoConn } from "./from_deno_conn.ts";

/** Options for {@linkcode listen}. */
export interface ListenOptions {
  /**
   * Address to bind: an IPv4 or IPv6 address (without brackets), or a name, of which the first address counts. `0.0.0.0`
   * is every IPv4 address of the machine; `::` every IPv6 and, on Linux, IPv4 address (dual stack): an IPv4 peer is
   * then `::ffff:192.0.2.7`.
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
   * Connections that may wait to be accepted (listen(2)); the kernel caps it at `net.core.somaxconn`.
   *
   * @default {511}
   */
  backlog?: number;
  /**
   * Lets several listeners share the port, the kernel spreading connections over them (SO_REUSEPORT, socket(7); Linux).
   * Off by default: two servers that share a port by mistake each see half of the connections. Needs Deno's unstable net
   * API: `--unstable-net`, or `"unstable": ["net"]` in deno.json.
   *
   * @default {false}
   */
  reusePort?: boolean;
  /**
   * Sends small writes of accepted connections at once (TCP_NODELAY, tcp(7)).
   *
   * @default {true}
   */
  noDelay?: boolean;
  /**
   * Probes the idle peers of accepted connections (SO_KEEPALIVE, socket(7)) at the kernel's times.
   *
   * @default {true}
   */
  keepAlive?: boolean;
}

/** A socket that accepts connections. */
export interface Listener extends Disposable {
  /** The address bound, with the port that was chosen for port 0. */
  readonly addr: Address;

  /**
   * Waits for a connection. Most errors concern one connection only: see {@linkcode acceptLoop}, which knows which.
   *
   * @throws {Deno.errors.BadResource} if the listener is closed, also while waiting.
   */
  accept(): Promise<Connection>;

  /** Stops listening. Connections that nobody accepted are reset by the kernel. A second call does nothing. */
  close(): void;
}

/**
 * Listens for TCP connections.
 *
 * @throws {Deno.errors.AddrInUse} if another socket listens there.
 * @throws {Deno.errors.AddrNotAvailable} if the machine does not have the address.
 * @throws {Deno.errors.PermissionDenied} if the port needs a privilege.
 * @throws {Deno.errors.NotSupported} if `reusePort` is asked for where it is not available.
 * @throws {RangeError} if the port or the backlog is out of range.
 *
 * @example
 * ```ts
 * import { connect, echo, listen } from "@sounder/tcp";
 *
 * using listener = listen({ hostname: "127.0.0.1", port: 0 });
 * using client = await connect(listener.addr);
 * using connection = await listener.accept();
 * await client.closeWrite();
 * await echo(connection);
 * ```
 */
export function listen(options: ListenOptions = {}): Listener {
  const { hostname = "127.0.0.1", port = 0, backlog, reusePort = false, noDelay = true, keepAlive = true } = options;
  checkListenOptions(options);
  const target = formatAddress({ hostname, port });
  // Without the unstable flag Deno ends the whole process on `reusePort: true` (exit code 70); nothing can catch that.
  if (reusePort && !("listenDatagram" in Deno && Deno.build.os === "linux")) {
    throw new Deno.errors.NotSupported(
      `cannot share ${target}: reusePort needs Linux and Deno's --unstable-net (or "unstable": ["net"] in deno.json)`,
    );
  }
  try {
    const listener = Deno.listen({ hostname, port, tcpBacklog: backlog, ...(reusePort && { reusePort }) });
    return new DenoListener(listener, noDelay, keepAlive);
  } catch (error) {
    throw explain(error, hostname, port);
  }
}

function checkListenOptions({ port = 0, backlog = 1 }: ListenOptions): void {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`cannot listen on port ${port}: use a whole number from 0 to 65535`);
  }
  if (!Number.isInteger(backlog) || backlog < 1 || backlog > 2 ** 31 - 1) {
    throw new RangeError(`cannot listen with backlog ${backlog}: use a whole number from 1 to 2147483647`);
  }
}

/** The same class of error, with a message that names the address. */
function explain(error: unknown, hostname: string, port: number): Error {
  const say = (reason: string): [string, ErrorOptions] => [
    `cannot listen on ${formatAddress({ hostname, port })}: ${reason}`,
    { cause: error },
  ];
  if (error instanceof Deno.errors.NotCapable) return new Deno.errors.NotCapable(...say("net permission is missing"));
  if (error instanceof Deno.errors.AddrInUse) {
    return new Deno.errors.AddrInUse(...say("another socket listens there (address in use)"));
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return new Deno.errors.AddrNotAvailable(...say("this machine does not have that address"));
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Deno.errors.PermissionDenied(...say(`port ${port} needs a privilege (ports below 1024 do)`));
  }
  const { message } = error as { message?: string };
  if (error instanceof URIError || message?.startsWith("failed to lookup address")) {
    return new Deno.errors.NotFound(...say("host name not found"));
  }
  return new Error(...say(message ?? String(error)));
}

class DenoListener implements Listener {
  readonly #listener: Deno.TcpListener;
  readonly #noDelay: boolean;
  readonly #keepAlive: boolean;
  readonly addr: Address;
  #closed = false;

  constructor(listener: Deno.TcpListener, noDelay: boolean, keepAlive: boolean) {
    this.#listener = listener;
    this.#noDelay = noDelay;
    this.#keepAlive = keepAlive;
    this.addr = { hostname: listener.addr.hostname, port: listener.addr.port };
  }

  async accept(): Promise<Connection> {
    const conn = await this.#listener.accept();
    try {
      conn.setNoDelay(this.#noDelay);
      conn.setKeepAlive(this.#keepAlive);
      return fromDenoConn(conn);
    } catch (error) {
      // The peer may be gone already; that concerns this connection and no other.
      conn.close();
      throw new Deno.errors.NotConnected("the peer was gone before it was accepted", { cause: error });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
