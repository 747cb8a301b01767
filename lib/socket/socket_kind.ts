import type { Address } from "../core/address.ts";
import { getOption } from "./get_option.ts";
import { type Libc, SOL_SOCKET } from "./libc.ts";
import type { SocketConstant, SocketConstants, SocketPlatform } from "./option_row.ts";
import { decodeSockaddr, formatIp, isMapped, SOCKADDR_LENGTH } from "./sockaddr.ts";

/** What an option's constants depend on. */
export interface SocketKind {
  /** Whether it is an IPv6 socket. */
  readonly ipv6: boolean;
  /** Whether it is one that carries IPv4 as well, or instead: bound to `::`, to nothing yet, or to `::ffff:192.0.2.7`. */
  readonly carriesIpv4: boolean;
  /** Whether it carries IPv4 only, `::ffff:192.0.2.7`. */
  readonly mapped?: boolean;
  /** Whether it listens. */
  readonly listener: boolean;
}

const SO_ACCEPTCONN: Record<SocketPlatform, number> = { linux: 30, darwin: 2, windows: 2 };

/** What kind of socket a descriptor is. */
export function socketKind(libc: Libc, fd: number): SocketKind {
  const end = boundTo(libc, fd);
  return {
    ipv6: end?.ipv6 === true,
    carriesIpv4: end?.ipv6 === true && (isMapped(end.ip) || end.ip.every((byte) => byte === 0)),
    mapped: end?.ipv6 === true && isMapped(end.ip),
    listener: isListening(libc, fd),
  };
}

/** The address that a socket is bound to; undefined if it is no IP socket. An IPv4 peer of an IPv6 socket is `::ffff:…`. */
export function socketName(libc: Libc, fd: number): Address | undefined {
  const end = boundTo(libc, fd);
  if (!end) return undefined;
  return { hostname: (end.ipv6 && isMapped(end.ip) ? "::ffff:" : "") + formatIp(end.ip), port: end.port };
}

function boundTo(libc: Libc, fd: number): { ip: Uint8Array; port: number; ipv6: boolean } | undefined {
  const bytes = new Uint8Array(SOCKADDR_LENGTH);
  const length = new Uint32Array([SOCKADDR_LENGTH]);
  if (libc.getsockname(fd, bytes, new Uint8Array(length.buffer)) < 0) return undefined;
  const end = decodeSockaddr(bytes, libc.platform);
  // Of the two kinds only an IPv6 address is longer than 16 bytes.
  return end && { ...end, ipv6: length[0] > 16 };
}

/** Whether a descriptor is a socket that listens. */
export function isListening(libc: Libc, fd: number): boolean {
  const { platform } = libc;
  const value = getOption(libc, fd, SOL_SOCKET[platform], SO_ACCEPTCONN[platform], 4);
  return value !== undefined && value[0] !== 0;
}

/**
 * The constants to set on a socket of that kind, the one that counts first: two on an IPv6 socket that carries IPv4 packets
 * as well, or only (Linux).
 */
export function constantsFor(
  constants: SocketConstants,
  kind: SocketKind,
  platform: SocketPlatform,
): readonly SocketConstant[] {
  if (kind.listener && constants.listener) return [constants.listener];
  if (!kind.ipv6 || !constants.ipv6) return [constants.any];
  if (!kind.carriesIpv4 || platform !== "linux") return [constants.ipv6];
  return kind.mapped ? [constants.any, constants.ipv6] : [constants.ipv6, constants.any];
}
