import { libcPlatform, openLibc } from "./libc.ts";
import type { SocketOptionValue } from "./option_row.ts";
import { SOCKET_OPTION_ROWS } from "./options.ts";
import { readSetting } from "./set_option.ts";
import { socketKind } from "./socket_kind.ts";
import { requireDescriptor, type SocketTarget } from "./socket_target.ts";

/**
 * The options of a socket as the kernel has them; those that this system, or this kind of socket, does not have are left
 * out. Milliseconds and bytes, as {@linkcode SocketOptions} has them.
 */
export interface SocketOptionValues {
  /** Connections that may wait to be accepted, the system's cap applied; of listeners only. */
  backlog?: number;
  /** Whether small writes are sent at once (TCP_NODELAY). */
  noDelay?: boolean;
  /** Whether it acknowledges at once for now (TCP_QUICKACK): the kernel changes it as data goes to and fro. */
  quickAck?: boolean;
  /** Whether an idle peer is probed (SO_KEEPALIVE), and when: the times are there even where it is off. */
  keepAlive?: { enabled: boolean; idle?: number; interval?: number; count?: number };
  /** Bytes of the receive buffer, the kernel's bookkeeping included: on Linux twice what was asked (SO_RCVBUF). */
  recvBuffer?: number;
  /** Bytes of the send buffer, the kernel's bookkeeping included: on Linux twice what was asked (SO_SNDBUF). */
  sendBuffer?: number;
  /** Milliseconds that sent data may stay unacknowledged (TCP_USER_TIMEOUT); 0 is the kernel's own limit. */
  userTimeout?: number;
  /** Milliseconds that `close()` waits for unsent data (SO_LINGER); false is off. */
  linger?: number | false;
  /** Bytes of the largest segment to send, for now (TCP_MAXSEG). */
  mss?: number;
  /** Congestion control algorithm (TCP_CONGESTION). */
  congestion?: string;
  /** Type of service octet (IP_TOS, IPV6_TCLASS). */
  tos?: number;
  /** Routers that a packet may pass (IP_TTL, IPV6_UNICAST_HOPS). */
  ttl?: number;
  /** Unsent bytes above which it takes no more writes (TCP_NOTSENT_LOWAT); 0 is the system's `tcp_notsent_lowat`. */
  notSentLowat?: number;
  /** Network interface that it is bound to; empty if to none (SO_BINDTODEVICE). */
  bindDevice?: string;
  /** Mark of outgoing packets (SO_MARK). */
  mark?: number;
  /** SYNs sent again at most (TCP_SYNCNT). */
  synRetries?: number;
  /** Whether data may travel with the SYN (TCP_FASTOPEN_CONNECT, on a listener TCP_FASTOPEN). */
  fastOpen?: boolean;
  /** Milliseconds that a listener waits for a connection's first data; 0 is not at all (TCP_DEFER_ACCEPT). */
  deferAccept?: number;
  /** Whether a port may be had while old connections are in TIME_WAIT (SO_REUSEADDR). */
  reuseAddress?: boolean;
  /** Whether the port may be shared (SO_REUSEPORT). */
  reusePort?: boolean;
}

/**
 * Reads every option of a connection or listener, this library's or Deno's own. Needs `--allow-ffi`.
 *
 * @throws {Deno.errors.NotCapable} without `--allow-ffi`.
 * @throws {Deno.errors.NotSupported} on Windows.
 * @throws {Deno.errors.BadResource} if the target is closed.
 *
 * @example
 * ```ts
 * import { connect, getSocketOptions, serve } from "@sounder/tcp";
 *
 * await using server = serve({ port: 0 });
 * using connection = await connect({ ...server.addr, keepAlive: { idle: 30_000 } });
 * console.log(getSocketOptions(connection).keepAlive?.idle); // 30000
 * ```
 */
export function getSocketOptions(target: SocketTarget): SocketOptionValues {
  return readAll(requireDescriptor(target, "read the options"));
}

/** Every option of a descriptor. */
export function readAll(fd: number): SocketOptionValues {
  const libc = openLibc();
  const kind = socketKind(libc, fd);
  const values: Record<string, SocketOptionValue | Record<string, SocketOptionValue>> = {};
  for (const row of SOCKET_OPTION_ROWS) {
    // They are no options of their own: an address that the target has, and what means something else on connections.
    if (row.name === "source" || row.name === "backlog" && !kind.listener) continue;
    const value = readSetting(libc, fd, { row, constants: row.constants[libcPlatform()!] }, kind);
    if (value === undefined) continue;
    const [outer, inner = "enabled"] = row.name.split(".");
    if (outer === "keepAlive") values.keepAlive = { ...values.keepAlive as object, [inner]: value };
    else values[outer] = value;
  }
  return values as SocketOptionValues;
}
