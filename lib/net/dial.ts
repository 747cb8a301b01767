import type { Address } from "../core/address.ts";
import { describeErrno, type ErrnoName, errnoName } from "../socket/errno.ts";
import { getOption } from "../socket/get_option.ts";
import { cString, type Libc, SOL_SOCKET } from "../socket/libc.ts";
import type { SocketPlatform } from "../socket/option_row.ts";
import { socketOptionRow } from "../socket/options.ts";
import { setOption } from "../socket/set_option.ts";
import type { SocketSetting } from "../socket/settings.ts";
import { encodeSockaddr, socketFamily } from "../socket/sockaddr.ts";
import { unboundSource } from "./source_address.ts";

const SOCK_STREAM = 1;
/** Linux: SOCK_NONBLOCK | SOCK_CLOEXEC, set with the call itself. */
const LINUX_FLAGS = 0o4000 | 0o2000000;
const O_NONBLOCK = 4; // macOS
const SO_ERROR: Record<SocketPlatform, number> = { linux: 4, darwin: 0x1007, windows: 0x1007 };
const POLLOUT = 4;
const SHUT_RDWR = 2;
/**
 * Milliseconds between looks at the signal while connecting. On Linux an abort wakes the wait at once; elsewhere it takes
 * this long to close the descriptor, though the promise is settled before.
 */
const POLL_SLICE = 100;

/** An error of the C library, with the name that Deno's own errors have in `code`. */
export class SystemError extends Error {
  /** The error's class. */
  override readonly name = "SystemError";
  /** Its name, such as `ECONNREFUSED`. */
  readonly code: ErrnoName | `errno ${number}`;

  /** Makes the error of a number. */
  constructor(errno: number, platform: SocketPlatform, call: string) {
    const code = errnoName(errno, platform);
    super(`${call}: ${describeErrno(code)}`);
    this.code = code;
  }
}

/** What to dial. */
export interface DialOptions {
  /** IP address and port to connect to. */
  readonly target: Address;
  /** What to set before the SYN. */
  readonly settings: readonly SocketSetting[];
  /** Address to bind first; its port may be 0. */
  readonly source?: Address;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/**
 * Makes a socket through the C library, sets its options, and connects it.
 *
 * @returns The descriptor, which belongs to the caller.
 * @throws {SocketOptionError} if an option or the source is not taken; nothing is sent then.
 * @throws {SystemError} if it cannot be connected.
 */
export async function dial(libc: Libc, options: DialOptions): Promise<number> {
  const { target, signal } = options;
  signal.throwIfAborted();
  const fd = openSocket(libc, target.hostname);
  try {
    startConnecting(libc, fd, options);
    await untilConnected(libc, fd, signal);
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * Sets the options of a fresh socket, binds it, and sends the SYN.
 *
 * @throws {SocketOptionError} if an option or the source is not taken; nothing is sent then.
 * @throws {SystemError} if it cannot be connected.
 */
export function startConnecting(libc: Libc, fd: number, { target, settings, source }: DialOptions): void {
  const { hostname } = target;
  const kind = { ipv6: hostname.includes(":"), carriesIpv4: /^::ffff:/i.test(hostname), listener: false };
  for (const setting of settings) setOption(libc, fd, setting, kind);
  if (source) bindSource(libc, fd, source);
  const address = encodeSockaddr(target, libc.platform, zoneOf(libc, hostname));
  if (libc.connect(fd, address, address.length) === 0) return;
  const error = new SystemError(libc.errno(), libc.platform, "connect");
  if (error.code !== "EINPROGRESS") throw error;
}

/**
 * Makes a TCP socket that does not block.
 *
 * @throws {SystemError} where there is no descriptor left, or no such family.
 */
export function openSocket(libc: Libc, hostname: string): number {
  const { platform } = libc;
  const type = platform === "linux" ? SOCK_STREAM | LINUX_FLAGS : SOCK_STREAM;
  const fd = libc.socket(socketFamily(hostname, platform), type, 0);
  if (fd < 0) throw new SystemError(libc.errno(), platform, "socket");
  if (platform !== "linux") libc.setFlags(fd, O_NONBLOCK);
  return fd;
}

/** Linux: leaves the choice of a port to connect(2), which needs one per pair of addresses only (ip(7)). */
const IP_BIND_ADDRESS_NO_PORT = 24;

function bindSource(libc: Libc, fd: number, source: Address): void {
  const on = new Uint8Array([1, 0, 0, 0]);
  // As Deno and node:net bind: a port is to be had while an old connection of it is in TIME_WAIT.
  libc.setsockopt(
    fd,
    SOL_SOCKET[libc.platform],
    socketOptionRow("reuseAddress").constants[libc.platform]!.any[1],
    on,
    4,
  );
  // Older kernels do without.
  if (source.port === 0 && libc.platform === "linux") libc.setsockopt(fd, 0, IP_BIND_ADDRESS_NO_PORT, on, 4);
  const address = encodeSockaddr(source, libc.platform, zoneOf(libc, source.hostname));
  if (libc.bind(fd, address, address.length) === 0) return;
  const error = new SystemError(libc.errno(), libc.platform, "bind");
  throw unboundSource(source, error.code, error);
}

/**
 * Waits until a socket that connects is connected, or as good as (TCP Fast Open).
 *
 * @throws {SystemError} if it cannot be; the signal's reason if that is aborted.
 */
export async function untilConnected(libc: Libc, fd: number, signal: AbortSignal): Promise<void> {
  // Ends the SYNs, and on Linux the wait below.
  const giveUp = () => void libc.shutdown(fd, SHUT_RDWR);
  signal.addEventListener("abort", giveUp);
  try {
    await untilWritable(libc, fd, signal);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  signal.throwIfAborted();
  const errno = pendingError(libc, fd);
  if (errno !== 0) throw new SystemError(errno, libc.platform, "connect");
}

async function untilWritable(libc: Libc, fd: number, signal: AbortSignal): Promise<void> {
  // struct pollfd: int fd, short events, short revents
  const pollfd = new Uint8Array(8);
  const view = new DataView(pollfd.buffer);
  while (!signal.aborted) {
    view.setInt32(0, fd, true);
    view.setInt16(4, POLLOUT, true);
    view.setInt16(6, 0, true);
    await libc.poll(pollfd, 1, POLL_SLICE);
    if (view.getInt16(6, true) !== 0) return;
  }
}

/** The error that a socket has met since it was last asked (SO_ERROR, socket(7)); 0 for none. */
export function pendingError(libc: Libc, fd: number): number {
  const value = getOption(libc, fd, SOL_SOCKET[libc.platform], SO_ERROR[libc.platform], 4);
  return value ? new DataView(value.buffer).getInt32(0, true) : libc.errno();
}

/** The index of the interface that a link-local address names after its %, as a name or a number; 0 for none. */
export function zoneOf(libc: Libc, hostname: string): number {
  const zone = /%(.+)$/.exec(hostname)?.[1];
  if (zone === undefined) return 0;
  return /^\d+$/.test(zone) ? Number(zone) : libc.interfaceIndex(cString(zone));
}
