import { type Libc, SOL_SOCKET } from "./libc.ts";
import type { SocketConstant, SocketConstants, SocketPlatform } from "./option_row.ts";
import { decodeSockaddr, isMapped, SOCKADDR_LENGTH } from "./sockaddr.ts";

/** What an option's constants depend on. */
export interface SocketKind {
  /** Whether it is an IPv6 socket. */
  readonly ipv6: boolean;
  /** Whether it is one that carries IPv4 as well, or instead: bound to `::`, to nothing yet, or to `::ffff:192.0.2.7`. */
  readonly carriesIpv4: boolean;
  /** Whether it listens. */
  readonly listener: boolean;
}

const SO_ACCEPTCONN: Record<SocketPlatform, number> = { linux: 30, darwin: 2, windows: 2 };

/** What kind of socket a descriptor is. */
export function socketKind(libc: Libc, fd: number): SocketKind {
  const address = new Uint8Array(SOCKADDR_LENGTH);
  const length = new Uint8Array(new Uint32Array([SOCKADDR_LENGTH]).buffer);
  const end = libc.getsockname(fd, address, length) === 0 ? decodeSockaddr(address, libc.platform) : undefined;
  const ipv6 = new Uint32Array(length.buffer)[0] > 16;
  return {
    ipv6,
    carriesIpv4: ipv6 && end !== undefined && (isMapped(end.ip) || end.ip.every((byte) => byte === 0)),
    listener: isListening(libc, fd),
  };
}

/** Whether a descriptor is a socket that listens. */
export function isListening(libc: Libc, fd: number): boolean {
  const { platform } = libc;
  const value = new Uint8Array(4);
  const length = new Uint8Array(new Uint32Array([4]).buffer);
  return libc.getsockopt(fd, SOL_SOCKET[platform], SO_ACCEPTCONN[platform], value, length) === 0 && value[0] !== 0;
}

/** The constants to set on a socket of that kind: two on an IPv6 socket that carries IPv4 packets as well (Linux). */
export function constantsFor(
  constants: SocketConstants,
  kind: SocketKind,
  platform: SocketPlatform,
): readonly SocketConstant[] {
  if (kind.listener && constants.listener) return [constants.listener];
  if (!kind.ipv6 || !constants.ipv6) return [constants.any];
  return kind.carriesIpv4 && platform === "linux" ? [constants.ipv6, constants.any] : [constants.ipv6];
}
