import { AccessList, type AccessRules } from "../core/access_list.ts";

/**
 * What a server grants at most: to all peers together, to one host, and to one connection. Without an option there is no
 * such limit. With several threads all limits hold for the threads together. What they refuse and end is counted, in
 * `stats`, and told to the logger at a bounded rate.
 */
export interface ServeLimits {
  /** Connections served at once at most; more are accepted, closed at once and counted as refused. */
  maxConnections?: number;
  /**
   * Connections served at once at most for one host: an IPv4 address, or the /64 network that an IPv6 host has for itself
   * (RFC 6177). More are refused as with `maxConnections`.
   */
  maxPerHost?: number;
  /** Connections taken on per second at most, after a burst of one second's worth; more are refused. */
  acceptRate?: number;
  /**
   * Addresses and networks (CIDR, RFC 4632) whose connections are served; all others are refused. An IPv4 peer of a
   * dual-stack listener is judged as IPv4. Where `allow` and `deny` both match, the longest prefix wins; at equal length
   * `deny`. An empty list lets nobody in.
   */
  allow?: readonly string[];
  /** Addresses and networks whose connections are refused; without `allow` all others are served. */
  deny?: readonly string[];
  /**
   * Bytes per second that one connection may send, and be sent, at most, after a burst of a tenth of a second's worth (two
   * tenths of what it sends). It is read from and written to no faster: nothing is lost, and TCP tells the peer to wait.
   */
  rateLimit?: number;
  /** The same for all connections together. */
  rateLimitTotal?: number;
  /**
   * Bytes that one connection may send, and be sent, at most. What came up to there is still echoed; then the server sends
   * FIN; a second after the limit it closes, also where the peer has not taken all of it or not closed.
   */
  maxBytes?: number;
  /** Milliseconds that a connection may last at most; it ends as with `maxBytes`. */
  maxLifetime?: number;
  /** Milliseconds without a byte in either direction after which a connection is closed. */
  idleTimeout?: number;
}

/** The names of the limits, to pick them from the options. */
const NAMES = [
  "maxConnections",
  "maxPerHost",
  "acceptRate",
  "allow",
  "deny",
  "rateLimit",
  "rateLimitTotal",
  "maxBytes",
  "maxLifetime",
  "idleTimeout",
] as const satisfies readonly (keyof ServeLimits)[];

/** The limits alone, of options that have others as well. */
export function limitsOf(options: ServeLimits): ServeLimits {
  return Object.fromEntries(NAMES.flatMap((name) => options[name] === undefined ? [] : [[name, options[name]]]));
}

/**
 * Checks the limits.
 *
 * @throws {RangeError} if one is out of range.
 * @throws {SyntaxError} if an entry of a list is no address or network.
 */
export function checkLimits(limits: ServeLimits): void {
  const { maxConnections, maxPerHost, maxBytes } = limits;
  checkWhole(maxConnections, (n) => `cannot serve at most ${n} connections`);
  checkWhole(maxPerHost, (n) => `cannot serve at most ${n} connections of a host`);
  checkWhole(maxBytes, (n) => `cannot serve at most ${n} bytes of a connection`);
  for (const name of ["acceptRate", "rateLimit", "rateLimitTotal", "maxLifetime", "idleTimeout"] as const) {
    const value = limits[name];
    const [unit, least, most] = RANGES[name];
    if (value === undefined || (value >= least && value <= most)) continue;
    const range = value > 0 ? `use ${least} to ${most}` : "it must be more than 0";
    throw new RangeError(`cannot use ${article(name)} ${name} of ${value} ${unit}: ${range}`);
  }
  accessListOf(limits);
}

/** What each counts, and its range; an endless time is as none. The rates are those that a `RateLimit` can keep. */
const RANGES = {
  acceptRate: ["connections a second", 1e-6, 1e12],
  rateLimit: ["bytes a second", 1e-6, 1e12],
  rateLimitTotal: ["bytes a second", 1e-6, 1e12],
  maxLifetime: ["ms", Number.MIN_VALUE, Infinity],
  idleTimeout: ["ms", Number.MIN_VALUE, Infinity],
} as const;

function article(name: string): "a" | "an" {
  return /^[aeiou]/.test(name) ? "an" : "a";
}

function checkWhole(value: number | undefined, cannot: (value: number) => string): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
    throw new RangeError(`${cannot(value)}: use a whole number from 1`);
  }
}

/** The list of who may connect; `undefined` where everybody may. */
export function accessListOf({ allow, deny }: AccessRules): AccessList | undefined {
  return allow === undefined && !deny?.length ? undefined : new AccessList({ allow, deny });
}

/** Whether somebody is kept out, or something bounds what all peers together can take. */
export function isGuarded(
  { allow, deny, maxConnections, maxPerHost, acceptRate, rateLimitTotal }: ServeLimits,
): boolean {
  return allow !== undefined || !!deny?.length ||
    [maxConnections, maxPerHost, acceptRate, rateLimitTotal].some((limit) => limit !== undefined);
}
