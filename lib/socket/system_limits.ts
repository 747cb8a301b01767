import type { Libc } from "./libc.ts";
import { readSysctl } from "./sysctl.ts";

/** The bytes that a socket buffer begins with, and those between which the kernel tunes it. */
export interface BufferLimits {
  /** Least, also under memory pressure. */
  readonly minBytes: number;
  /** What a new socket has. */
  readonly defaultBytes: number;
  /** Most that tuning gives. What a program asks for has a limit of its own. */
  readonly maxBytes: number;
}

/**
 * The kernel parameters around socket options, as this thread's network namespace has them; Linux. Milliseconds and bytes,
 * as the names say; undefined where the kernel does not have or not show one.
 */
export interface SystemLimits {
  /** Most connections that may wait to be accepted: `net.core.somaxconn`. */
  readonly somaxconn?: number;
  /** Most connections that may be half open, of all: `net.ipv4.tcp_max_syn_backlog`. */
  readonly maxSynBacklog?: number;
  /** Receive buffer that the kernel tunes by itself: `net.ipv4.tcp_rmem`. */
  readonly receiveBuffer?: BufferLimits;
  /** Send buffer that the kernel tunes by itself: `net.ipv4.tcp_wmem`. */
  readonly sendBuffer?: BufferLimits;
  /** Most that SO_RCVBUF can ask for, before it is doubled: `net.core.rmem_max`. */
  readonly maxReceiveBufferBytes?: number;
  /** Most that SO_SNDBUF can ask for, before it is doubled: `net.core.wmem_max`. */
  readonly maxSendBufferBytes?: number;
  /** SYNs sent again: `net.ipv4.tcp_syn_retries`. */
  readonly synRetries?: number;
  /** Timeouts of a SYN before they double: `net.ipv4.tcp_syn_linear_timeouts`, from 6.5 on. */
  readonly synLinearTimeouts?: number;
  /** SYN-ACKs sent again: `net.ipv4.tcp_synack_retries`. */
  readonly synAckRetries?: number;
  /** Longest retransmission timeout: `net.ipv4.tcp_rto_max_ms`, from 6.15 on. */
  readonly maxRtoMs?: number;
  /** Idle time before the first keepalive probe: `net.ipv4.tcp_keepalive_time`. */
  readonly keepAliveIdleMs?: number;
  /** Time between keepalive probes: `net.ipv4.tcp_keepalive_intvl`. */
  readonly keepAliveIntervalMs?: number;
  /** Unanswered keepalive probes: `net.ipv4.tcp_keepalive_probes`. */
  readonly keepAliveCount?: number;
  /** Congestion control of new sockets: `net.ipv4.tcp_congestion_control`. */
  readonly congestion?: string;
  /** Algorithms loaded: `net.ipv4.tcp_available_congestion_control`. */
  readonly availableCongestion?: readonly string[];
  /** Of these, without CAP_NET_ADMIN: `net.ipv4.tcp_allowed_congestion_control`. */
  readonly allowedCongestion?: readonly string[];
  /** TCP Fast Open: the bits, and the two of them that switch it on at all: `net.ipv4.tcp_fastopen`. */
  readonly fastOpen?: { readonly bits: number; readonly client: boolean; readonly server: boolean };
  /** Time in FIN_WAIT2 once the program has closed: `net.ipv4.tcp_fin_timeout`. */
  readonly finTimeoutMs?: number;
  /** Unsent bytes above which a socket takes no more writes: `net.ipv4.tcp_notsent_lowat`; 2^32 - 1 is no limit. */
  readonly notSentLowatBytes?: number;
  /** Whether windows may be above 64 KiB: `net.ipv4.tcp_window_scaling`. */
  readonly windowScaling?: boolean;
  /** Whether segments carry timestamps: `net.ipv4.tcp_timestamps`. */
  readonly timestamps?: boolean;
  /** Whether ACKs are selective: `net.ipv4.tcp_sack`. */
  readonly sack?: boolean;
  /** Ports that connections are made from: `net.ipv4.ip_local_port_range`. */
  readonly localPorts?: { readonly first: number; readonly last: number };
  /** Routers that a packet may pass: `net.ipv4.ip_default_ttl`. */
  readonly ttl?: number;
}

/** Where one of them is, and how its text is read: `undefined` is no value. */
interface Parameter<T> {
  /** Below /proc/sys. */
  readonly path: string;
  /** Reads the text. */
  readonly parse: (text: string) => T | undefined;
}

const whole = (text: string): number | undefined => /^-?\d+$/.test(text) ? Number(text) : undefined;
const seconds = (text: string): number | undefined => {
  const value = whole(text);
  return value === undefined ? undefined : value * 1000;
};
const flag = (text: string): boolean | undefined => {
  const value = whole(text);
  return value === undefined ? undefined : value !== 0;
};
const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
const name = (text: string): string | undefined => words(text)[0];

function buffer(text: string): BufferLimits | undefined {
  const [minBytes, defaultBytes, maxBytes] = words(text).map(whole);
  if (minBytes === undefined || defaultBytes === undefined || maxBytes === undefined) return undefined;
  return { minBytes, defaultBytes, maxBytes };
}

function ports(text: string): SystemLimits["localPorts"] {
  const [first, last] = words(text).map(whole);
  return first === undefined || last === undefined ? undefined : { first, last };
}

function fastOpen(text: string): SystemLimits["fastOpen"] {
  const bits = whole(text);
  return bits === undefined ? undefined : { bits, client: (bits & 1) !== 0, server: (bits & 2) !== 0 };
}

/** The parameters, in the order in which they are shown. */
const PARAMETERS: { readonly [K in keyof SystemLimits]-?: Parameter<NonNullable<SystemLimits[K]>> } = {
  somaxconn: { path: "net/core/somaxconn", parse: whole },
  maxSynBacklog: { path: "net/ipv4/tcp_max_syn_backlog", parse: whole },
  receiveBuffer: { path: "net/ipv4/tcp_rmem", parse: buffer },
  sendBuffer: { path: "net/ipv4/tcp_wmem", parse: buffer },
  maxReceiveBufferBytes: { path: "net/core/rmem_max", parse: whole },
  maxSendBufferBytes: { path: "net/core/wmem_max", parse: whole },
  notSentLowatBytes: { path: "net/ipv4/tcp_notsent_lowat", parse: whole },
  synRetries: { path: "net/ipv4/tcp_syn_retries", parse: whole },
  synLinearTimeouts: { path: "net/ipv4/tcp_syn_linear_timeouts", parse: whole },
  synAckRetries: { path: "net/ipv4/tcp_synack_retries", parse: whole },
  maxRtoMs: { path: "net/ipv4/tcp_rto_max_ms", parse: whole },
  keepAliveIdleMs: { path: "net/ipv4/tcp_keepalive_time", parse: seconds },
  keepAliveIntervalMs: { path: "net/ipv4/tcp_keepalive_intvl", parse: seconds },
  keepAliveCount: { path: "net/ipv4/tcp_keepalive_probes", parse: whole },
  finTimeoutMs: { path: "net/ipv4/tcp_fin_timeout", parse: seconds },
  congestion: { path: "net/ipv4/tcp_congestion_control", parse: name },
  availableCongestion: { path: "net/ipv4/tcp_available_congestion_control", parse: words },
  allowedCongestion: { path: "net/ipv4/tcp_allowed_congestion_control", parse: words },
  fastOpen: { path: "net/ipv4/tcp_fastopen", parse: fastOpen },
  windowScaling: { path: "net/ipv4/tcp_window_scaling", parse: flag },
  timestamps: { path: "net/ipv4/tcp_timestamps", parse: flag },
  sack: { path: "net/ipv4/tcp_sack", parse: flag },
  localPorts: { path: "net/ipv4/ip_local_port_range", parse: ports },
  ttl: { path: "net/ipv4/ip_default_ttl", parse: whole },
};

/** The names of the limits, each with the kernel parameter as sysctl(8) calls it, in the order in which they are shown. */
export const SYSTEM_LIMIT_NAMES: readonly (readonly [name: keyof SystemLimits, parameter: string])[] = Object.entries(
  PARAMETERS,
).map(([name, { path }]) => [name as keyof SystemLimits, path.replaceAll("/", ".")]);

/** Reads the limits; on other systems than Linux none is there. */
export function systemLimits(libc: Libc): SystemLimits {
  const limits: Record<string, unknown> = {};
  for (const [name, { path, parse }] of Object.entries(PARAMETERS)) {
    const text = readSysctl(libc, path);
    const value = text === undefined ? undefined : parse(text);
    if (value !== undefined) limits[name] = value;
  }
  return limits as SystemLimits;
}
