import type { Address } from "../core/address.ts";
import type { SocketPlatform } from "./option_row.ts";

/** An IP address as 16 bytes: an IPv4 address as IPv6 has it, `::ffff:192.0.2.7` (RFC 4291, section 2.5.5.2). */
export type IpBytes = Uint8Array;

/** Bytes that hold any socket address here (`struct sockaddr_in6` has 28). */
export const SOCKADDR_LENGTH = 28;

const INET = 2;
const INET6: Record<SocketPlatform, number> = { linux: 10, darwin: 30, windows: 23 };

/** The socket family of an address: AF_INET or AF_INET6. */
export function socketFamily(hostname: string, platform: SocketPlatform): number {
  return hostname.includes(":") ? INET6[platform] : INET;
}

/**
 * Reads an IP address, with a zone as `fe80::1%2` or without.
 *
 * @returns undefined for what is none, such as a host name.
 */
export function parseIp(text: string): IpBytes | undefined {
  const bytes = new Uint8Array(16);
  if (!text.includes(":")) {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
    if (!parts || parts.some((part) => part > 255)) return undefined;
    bytes.set([0xff, 0xff, ...parts], 10);
    return bytes;
  }
  const bare = text.replace(/%.*$/, "");
  // The URL parser would take "::1]/x" as well.
  if (!/^[\da-f:.]+$/i.test(bare) || !URL.canParse(`http://[${bare}]/`)) return undefined;
  // The URL parser writes every form alike: hexadecimal groups, at most one "::".
  const [head, tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split("::");
  const groups = (part: string | undefined) => part ? part.split(":").map((group) => parseInt(group, 16)) : [];
  const before = groups(head);
  const after = groups(tail);
  const all = [...before, ...new Array(8 - before.length - after.length).fill(0), ...after];
  all.forEach((group, i) => bytes.set([group >> 8, group & 255], 2 * i));
  return bytes;
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

/** The text of an IP address: dotted for IPv4 (also where it is mapped), else hexadecimal groups. */
export function formatIp(ip: IpBytes): string {
  const groups = Array.from({ length: 8 }, (_, i) => ip[2 * i] << 8 | ip[2 * i + 1]);
  if (isMapped(ip)) return ip.subarray(12).join(".");
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]/`).hostname.slice(1, -1);
}

/** Whether it is an IPv4 address. */
export function isMapped(ip: IpBytes): boolean {
  return ip.subarray(0, 10).every((byte) => byte === 0) && ip[10] === 0xff && ip[11] === 0xff;
}
