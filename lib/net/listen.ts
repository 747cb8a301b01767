import { type Address, formatAddress } from "../core/address.ts";
import { openLibc } from "../socket/libc.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { settingsOf } from "../socket/settings.ts";
import type { ListenerSocketOptions, SocketOptions } from "../socket/socket_options.ts";
import { checkBindable } from "./check_bindable.ts";
import type { Connection } from "./connection.ts";
import { listenErrorOf } from "./listen_error.ts";
import { openListener } from "./open_listener.ts";

/** Options for {@linkcode listen}. What is set on the listener, the connections that it accepts inherit. */
export interface ListenOptions extends ListenerSocketOptions {
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
   * Takes a port whose old connections are still in TIME_WAIT (SO_REUSEADDR, socket(7)). `false` fails with `AddrInUse`
   * there, and needs `--allow-ffi`: Deno always sets it, so the port is tried without it first, and it is cleared after.
   *
   * @default {true}
   */
  reuseAddress?: boolean;
  /**
   * Sends small writes of accepted connections at once (TCP_NODELAY, tcp(7)).
   *
   * @default {true}
   */
  noDelay?: boolean;
  /**
   * Probes the idle peers of accepted connections (SO_KEEPALIVE, socket(7)): at the kernel's times, or at these, which
   * need `--allow-ffi`.
   *
   * @default {true}
   */
  keepAlive?: SocketOptions["keepAlive"];
}

/** A socket that accepts connections. */
export interface Listener extends Disposable {
  /** The address bound, with the port that was chosen for port 0. */
  readonly addr: Address;
  /** The socket options that were asked for, this library's defaults included, and what the kernel made of them. */
  readonly socketOptions: readonly SocketOptionReport[];

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
 * @throws {SocketOptionError} if an option cannot be set; nobody was accepted then.
 * @throws {RangeError} if the port or an option's value is out of range.
 * @throws {TypeError} if an option's value is of the wrong kind.
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
  const { port = 0, reusePort = false } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`cannot listen on port ${port}: use a whole number from 0 to 65535`);
  }
  const hostname = options.hostname ?? "127.0.0.1";
  const { noDelay = true, keepAlive = true, backlog = DEFAULT_BACKLOG, reuseAddress = true } = options;
  const settings = settingsOf({ ...options, noDelay, keepAlive, backlog, reuseAddress, reusePort }, "listen");
  const target = formatAddress({ hostname, port });
  // Without the unstable flag Deno ends the whole process on `reusePort: true` (exit code 70); nothing can catch that.
  if (reusePort && !("listenDatagram" in Deno && Deno.build.os === "linux")) {
    throw new Deno.errors.NotSupported(
      `cannot share ${target}: reusePort needs Linux and Deno's --unstable-net (or "unstable": ["net"] in deno.json)`,
    );
  }
  try {
    if (!reuseAddress) checkBindable(openLibc(), { hostname, port }, reusePort);
  } catch (error) {
    throw error instanceof Deno.errors.AddrInUse ? error : listenErrorOf(error, hostname, port);
  }
  try {
    return openListener({ hostname, port }, settings, { backlog, reusePort });
  } catch (error) {
    throw listenErrorOf(error, hostname, port);
  }
}

/** Deno's own. */
const DEFAULT_BACKLOG = 511;
