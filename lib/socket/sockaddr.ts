import type { Address } from "../core/address.ts";
import { type IpBytes, parseIp } from "../core/ip_address.ts";
import type { SocketPlatform } from "./option_row.ts";

export { formatIp, type IpBytes, isMapped, parseIp } from "../core/ip_address.ts";

/** Bytes that hold any socket address here (`struct sockaddr_in6` has 28). */
export const SOCKADDR_LENGTH = 28;

const INET = 2;
const INET6: Record<SocketPlatform, number> = { linux: 10, darwin: 30, windows: 23 };

/** The socket family of an address: AF_INET or AF_INET6. */
export function socketFamily(hostname: string, platform: SocketPlatform): number {
  return hostname.includes(":") ? INET6[platform] : INET;
}

/**
 * The `struct sockaddr_in` or `sockaddr_in6` of an IP address and port.
 *
 * @param zone The index of a link-local address's interface.
 * @throws {TypeError} if the host is no IP address.
 */
export function encodeSockaddr({ hostname, port }: Address, platform: SocketPlatform, zone = 0): Uint8Array {
  const ip = parseIp(hostname);
  if (!ip) throw new TypeError(`cannot use "${hostname}" as an IP address`);
  const is6 = hostname.includes(":");
  const bytes = new Uint8Array(is6 ? 28 : 16);
  const view = new DataView(bytes.buffer);
  const family = socketFamily(hostname, platform);
  if (platform === "darwin") bytes.set([bytes.length, family]);
  else view.setUint16(0, family, true);
  view.setUint16(2, port);
  if (is6) {
    bytes.set(ip, 8);
    view.setUint32(24, zone, true);
  } else {
    bytes.set(ip.subarray(12), 4);
  }
  return bytes;
}

/** What a socket address says; undefined if it is no IP address. */
export function decodeSockaddr(bytes: Uint8Array, platform: SocketPlatform): { ip: IpBytes; port: number } | undefined {
  const family = platform === "darwin" ? bytes[1] : bytes[0] | bytes[1] << 8;
  const port = bytes[2] << 8 | bytes[3];
  if (family === INET6[platform]) return { ip: bytes.slice(8, 24), port };
  if (family !== INET) return undefined;
  const ip = new Uint8Array(16);
  ip.set([0xff, 0xff, ...bytes.subarray(4, 8)], 10);
  return { ip, port };
}
