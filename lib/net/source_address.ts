import { type Address, formatAddress, parseAddress, parseHostname } from "../core/address.ts";
import { quote } from "../core/quote.ts";
import { findSetting, type SocketSetting } from "../socket/settings.ts";
import { isMapped, parseIp } from "../socket/sockaddr.ts";
import { SocketOptionError, type SocketOptionErrorKind } from "../socket/socket_option_error.ts";

/**
 * The address to connect from that settings name, its port 0 where it was left out.
 *
 * @throws {TypeError} if it is no IP address.
 */
export function sourceOf(settings: readonly SocketSetting[]): Address | undefined {
  const setting = findSetting(settings, "source");
  return setting && parseSource(String(setting.value));
}

/**
 * Reads an address to connect from: `192.0.2.7`, `192.0.2.7:4000`, `::1`, `[::1]:4000`.
 *
 * @throws {TypeError} if it is no IP address.
 */
export function parseSource(text: string): Address {
  const refusal = `bad source ${quote(text)}: use an IP address of this machine, such as 192.0.2.7 or [::1]:4000`;
  let source: Address;
  try {
    source = parseIp(text)
      ? { hostname: parseHostname(text), port: 0 }
      : parseAddress(text, { defaultHostname: "", defaultPort: 0 });
  } catch (error) {
    throw new TypeError(refusal, { cause: error });
  }
  const ip = parseIp(source.hostname);
  // bind(2) takes a multicast address, and connect(2) uses another one then.
  if (!ip || isMulticast(ip)) throw new TypeError(refusal);
  return source;
}

function isMulticast(ip: Uint8Array): boolean {
  return isMapped(ip) ? ip[12] >= 224 && ip[12] < 240 : ip[0] === 0xff;
}

/**
 * Those of a host's addresses that can be reached from a source: the ones of its family.
 *
 * @throws {SocketOptionError} if there are none.
 */
export function reachableFrom(addresses: readonly string[], source: Address | undefined, hostname: string): string[] {
  const fitting = addresses.filter((address) => !source || isIpv6(address) === isIpv6(source.hostname));
  if (source && fitting.length === 0 && addresses.length > 0) {
    const family = isIpv6(source.hostname) ? "IPv6" : "IPv4";
    throw refusedSource(source, `${hostname} has no ${family} address`);
  }
  return fitting;
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}

const REASONS: Record<string, string> = {
  EADDRNOTAVAIL: "this machine does not have that address",
  // What node:net says for the same; and bind(2) of a link-local address without its zone.
  EINVAL: "this machine does not have that address, or it needs its zone (fe80::1%eth0)",
  EADDRINUSE: "its port is in use there, leave the port out",
  EACCES: "its port needs a privilege (ports below 1024 do)",
};

/** The error for a source that could not be bound. */
export function unboundSource(source: Address, code: string | undefined, cause: unknown): SocketOptionError {
  return refusedSource(source, REASONS[code ?? ""] ?? `it cannot be bound (${code ?? cause})`, cause);
}

/** The error for a source that node:net may not bind: it asks for the net permission to it, bind(2) itself does not. */
export function forbiddenSource(source: Address, cause: unknown): SocketOptionError {
  const reason = `allow net access to it (--allow-net=${formatAddress(source)}), or run Deno with --allow-ffi`;
  return refusedSource(source, reason, cause, "permission");
}

function refusedSource(
  source: Address,
  reason: string,
  cause?: unknown,
  kind: SocketOptionErrorKind = "rejected",
): SocketOptionError {
  const shown = source.port === 0 ? source.hostname : formatAddress(source);
  return new SocketOptionError("source", kind, `cannot connect from ${shown}: ${reason}`, { cause });
}
