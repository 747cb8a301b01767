import { quote } from "./quote.ts";

/** An end of a TCP connection: an IP address, or a host name still to be looked up, and a port. */
export interface Address {
  /** IPv4 or IPv6 address (without brackets) or host name. */
  readonly hostname: string;
  /** TCP port, 0 to 65535. */
  readonly port: number;
}

/** Options for {@linkcode parseAddress}. */
export interface ParseAddressOptions {
  /**
   * Host when the text has none.
   *
   * @default {"127.0.0.1"}
   */
  defaultHostname?: string;
  /**
   * Port when the text has none.
   *
   * @default {9999}
   */
  defaultPort?: number;
}

/** Characters of a host name at most: 253, which are 255 bytes on the wire (RFC 1035, section 2.3.4), and the root's dot. */
const LONGEST_NAME = 254;

const FORMS = "write HOST:PORT, [IPV6]:PORT, :PORT or PORT";

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, `:PORT`, `PORT` or `HOST`.
 *
 * @throws {SyntaxError} if the text is none of these.
 * @throws {RangeError} if the port is not between 0 and 65535.
 *
 * @example
 * ```ts
 * import { parseAddress } from "@sounder/tcp";
 *
 * parseAddress("[::1]:80"); // { hostname: "::1", port: 80 }
 * parseAddress(":80"); // { hostname: "127.0.0.1", port: 80 }
 * ```
 */
export function parseAddress(text: string, options: ParseAddressOptions = {}): Address {
  const { defaultHostname = "127.0.0.1", defaultPort = 9999 } = options;
  if (/^\d+$/.test(text)) return { hostname: defaultHostname, port: parsePort(text) };
  const groups = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:[\]]*))(?::(?<port>[^/:]+))?$/.exec(text)?.groups;
  if (groups === undefined || text === "") {
    const brackets = isIpv6(text) || /^[0-9a-f:.]+:\d+$/i.test(text)
      ? "put an IPv6 address in brackets: [::1]:9999"
      : FORMS;
    throw new SyntaxError(`bad address ${quote(text)}: ${brackets}`);
  }
  const { ipv6, name, port } = groups;
  return {
    hostname: ipv6 !== undefined ? parseIpv6(ipv6, text) : name === "" ? defaultHostname : parseHostname(name),
    port: port === undefined ? defaultPort : parsePort(port),
  };
}

/** `HOST:PORT`, with an IPv6 address in brackets. */
export function formatAddress({ hostname, port }: Address): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/**
 * Reads a port number.
 *
 * @throws {RangeError} if the text is not a whole number between 0 and 65535.
 */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new RangeError(`bad port ${quote(text)}: use a whole number from 0 to 65535`);
  }
  return port;
}

/**
 * Checks a host name or IP address as given to `--host`; an IPv6 address may stand in brackets.
 *
 * @throws {SyntaxError} if it cannot be one.
 */
export function parseHostname(text: string): string {
  const inner = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (/^[^:]+:\d+$/.test(inner)) throw new SyntaxError(`bad host ${quote(text)}: give the port by itself`);
  if (inner.includes(":")) return parseIpv6(inner, text);
  // Host names (RFC 1123) and the underscore that service names bring along.
  if (inner !== text || text.length > LONGEST_NAME || !/^[a-z0-9_](?:[a-z0-9_.-]*)$/i.test(text)) {
    throw new SyntaxError(`bad host ${quote(text)}: use a host name or an IP address`);
  }
  return text;
}

function parseIpv6(address: string, text: string): string {
  if (!isIpv6(address)) throw new SyntaxError(`bad IPv6 address ${quote(text)}: write it as ::1 or fe80::1%eth0`);
  return address;
}

function isIpv6(text: string): boolean {
  // The URL parser knows every form of RFC 4291 but no zone (RFC 6874), which is cut off first.
  // The name of an interface, or its number, has 15 characters at most (IFNAMSIZ).
  const address = text.replace(/%[\w.-]{1,15}$/, "");
  return address.includes(":") && /^[0-9a-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]/`);
}
