import type { SocketConstant, SocketConstants, SocketOptionCodec, SocketOptionRow } from "./option_row.ts";

/** Levels: the protocol that an option belongs to. IPPROTO_* are the same everywhere, SOL_SOCKET is not. */
const LINUX_SOCKET = 1;
const BSD_SOCKET = 0xffff; // macOS, and Winsock
const IP = 0;
const TCP = 6;
const IPV6 = 41;

const at = (level: number, name: number, codec: SocketOptionCodec = "int"): SocketConstants => ({
  any: [level, name, codec] as SocketConstant,
});

/**
 * Every socket option, one row each: the one place that names them. Types, validation, flags, help, `sounder sockopt` and
 * the README's table are made from it or checked against it. Constants: <sys/socket.h>, <netinet/in.h>, <netinet/tcp.h>
 * of Linux 6 and macOS 14; <ws2ipdef.h>, <winsock2.h>.
 */
export const SOCKET_OPTIONS = [
  {
    name: "backlog",
    type: "integer",
    range: [1, 2 ** 31 - 1],
    summary: "Connections that may wait to be accepted (listen(2)); the kernel caps it at net.core.somaxconn",
    manual: "listen(2)",
    constants: { linux: at(TCP, 11, "backlog") },
    server: "listen",
    established: false,
    builtIn: true,
    flags: [{ name: "backlog", placeholder: "N", default: "511" }],
  },
  {
    name: "reusePort",
    type: "boolean",
    summary: "Share the port with other servers that ask for it too (SO_REUSEPORT; Linux)",
    manual: "socket(7)",
    constants: { linux: at(LINUX_SOCKET, 15, "flag") },
    server: "listen",
    established: false,
    builtIn: true,
    flags: [{ name: "reuse-port", sets: true }],
  },
  {
    name: "reuseAddress",
    type: "boolean",
    summary: "Take a port whose old connections are still in TIME_WAIT (SO_REUSEADDR)",
    manual: "socket(7)",
    constants: { linux: at(LINUX_SOCKET, 2, "flag"), darwin: at(BSD_SOCKET, 4, "flag") },
    server: "listen",
    established: false,
    flags: [{
      name: "no-reuse-address",
      sets: false,
      help: "Fail where old connections of the port are still in TIME_WAIT (clears SO_REUSEADDR)",
    }],
  },
  {
    name: "deferAccept",
    type: "milliseconds",
    range: [1000, 2 ** 31 - 1],
    summary: "Accept a connection when its first data has come, or after this long (TCP_DEFER_ACCEPT)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 9, "seconds") },
    server: "listener",
    established: false,
    flags: [{ name: "defer-accept", placeholder: "TIME" }],
  },
  {
    name: "synRetries",
    type: "integer",
    range: [1, 127],
    summary: "Send the SYN again at most this often, on the kernel's schedule, within --connect-timeout (TCP_SYNCNT)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 7) },
    client: "syn",
    established: false,
    flags: [{ name: "syn-retries", placeholder: "N" }],
  },
  {
    name: "source",
    type: "address",
    summary: "Connect from this address of this machine, and from this port where one is given",
    manual: "bind(2)",
    constants: {},
    client: "bind",
    established: false,
    builtIn: true,
    flags: [{ name: "source", placeholder: "ADDR[:PORT]" }],
  },
  {
    name: "bindDevice",
    type: "text",
    summary: "Use this network interface only (SO_BINDTODEVICE)",
    manual: "socket(7)",
    constants: {
      linux: at(LINUX_SOCKET, 25, "text"),
      darwin: { any: [IP, 25, "interface"], ipv6: [IPV6, 125, "interface"] },
    },
    server: "inherited",
    client: "syn",
    established: true,
    privilege: "CAP_NET_RAW",
    flags: [{ name: "bind-device", placeholder: "NAME" }],
  },
  {
    name: "mark",
    type: "integer",
    range: [0, 2 ** 32 - 1],
    summary: "Mark packets for routing and firewall rules (SO_MARK; needs root)",
    manual: "socket(7)",
    constants: { linux: at(LINUX_SOCKET, 36) },
    server: "inherited",
    client: "syn",
    established: true,
    privilege: "CAP_NET_ADMIN",
    flags: [{ name: "mark", placeholder: "N" }],
  },
  {
    name: "fastOpen",
    type: "boolean",
    summary: "Let data travel with the SYN once the peers know each other (TCP Fast Open, RFC 7413)",
    manual: "tcp(7)",
    constants: {
      // A client's is TCP_FASTOPEN_CONNECT; a listener's TCP_FASTOPEN takes the length of its queue.
      linux: { any: [TCP, 30, "flag"], listener: [TCP, 23, "queue"] },
    },
    server: "listener",
    client: "syn",
    established: false,
    flags: [{ name: "fast-open", sets: true }],
  },
  {
    name: "mss",
    type: "bytes",
    range: [88, 32767],
    summary: "Largest segment to send, and to announce in the SYN (TCP_MAXSEG)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 2), darwin: at(TCP, 2) },
    server: "inherited",
    client: "syn",
    established: false,
    flags: [{ name: "mss", placeholder: "SIZE" }],
  },
  {
    name: "recvBuffer",
    type: "bytes",
    range: [1, 2 ** 30 - 1],
    summary: "Receive buffer, which bounds the window (SO_RCVBUF); Linux doubles it and tunes it no more",
    manual: "socket(7)",
    constants: { linux: at(LINUX_SOCKET, 8), darwin: at(BSD_SOCKET, 0x1002) },
    server: "inherited",
    client: "syn",
    established: true,
    flags: [{ name: "recv-buffer", placeholder: "SIZE" }],
  },
  {
    name: "sendBuffer",
    type: "bytes",
    range: [1, 2 ** 30 - 1],
    summary: "Send buffer (SO_SNDBUF); Linux doubles it and tunes it no more",
    manual: "socket(7)",
    constants: { linux: at(LINUX_SOCKET, 7), darwin: at(BSD_SOCKET, 0x1001) },
    server: "inherited",
    client: "connected",
    established: true,
    flags: [{ name: "send-buffer", placeholder: "SIZE" }],
  },
  {
    name: "noDelay",
    type: "boolean",
    summary: "Send small writes at once, not after the ACK of the one before (TCP_NODELAY)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 1, "flag"), darwin: at(TCP, 1, "flag"), windows: at(TCP, 1, "flag") },
    server: "inherited",
    client: "connected",
    established: true,
    builtIn: true,
    flags: [{
      name: "no-nodelay",
      sets: false,
      help: "Let small writes wait for the ACK of the one before (clears TCP_NODELAY)",
    }],
  },
  {
    name: "quickAck",
    type: "boolean",
    summary: "Acknowledge at once (TCP_QUICKACK), set again after each read: the kernel leaves that mode",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 12, "flag") },
    server: "accepted",
    client: "connected",
    established: true,
    flags: [{ name: "quickack", sets: true }],
  },
  {
    name: "keepAlive",
    type: "boolean",
    summary: "Probe idle peers (SO_KEEPALIVE), at the kernel's times unless others are given",
    manual: "socket(7)",
    constants: {
      linux: at(LINUX_SOCKET, 9, "flag"),
      darwin: at(BSD_SOCKET, 8, "flag"),
      windows: at(BSD_SOCKET, 8, "flag"),
    },
    server: "inherited",
    client: "connected",
    established: true,
    builtIn: true,
    flags: [
      { name: "keepalive", sets: true, help: "Probe idle peers (SO_KEEPALIVE; the default of serve)" },
      { name: "no-keepalive", sets: false, help: "Do not probe idle peers (the default of send)" },
    ],
  },
  {
    name: "keepAlive.idle",
    type: "milliseconds",
    range: [1000, 32_767_000],
    summary: "Idle time before the first keepalive probe (TCP_KEEPIDLE; whole seconds)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 4, "seconds"), darwin: at(TCP, 0x10, "seconds") },
    server: "inherited",
    client: "connected",
    established: true,
    flags: [{ name: "keepalive-idle", placeholder: "TIME" }],
  },
  {
    name: "keepAlive.interval",
    type: "milliseconds",
    range: [1000, 32_767_000],
    summary: "Time between keepalive probes (TCP_KEEPINTVL; whole seconds)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 5, "seconds"), darwin: at(TCP, 0x101, "seconds") },
    server: "inherited",
    client: "connected",
    established: true,
    flags: [{ name: "keepalive-interval", placeholder: "TIME" }],
  },
  {
    name: "keepAlive.count",
    type: "integer",
    range: [1, 127],
    summary: "Unanswered keepalive probes after which the peer counts as dead (TCP_KEEPCNT)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 6), darwin: at(TCP, 0x102) },
    server: "inherited",
    client: "connected",
    established: true,
    flags: [{ name: "keepalive-count", placeholder: "N" }],
  },
  {
    name: "userTimeout",
    type: "milliseconds",
    range: [1, 2 ** 31 - 1],
    summary: "Give up when sent data stays unacknowledged for this long (TCP_USER_TIMEOUT)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 18), darwin: at(TCP, 0x80, "seconds") },
    server: "inherited",
    client: "syn",
    established: true,
    flags: [{ name: "user-timeout", placeholder: "TIME" }],
  },
  {
    name: "linger",
    type: "milliseconds",
    range: [0, 32_767_000],
    summary: "On close wait this long for unsent data, the whole program with it; 0 drops it and sends RST (SO_LINGER)",
    manual: "socket(7)",
    constants: { linux: at(LINUX_SOCKET, 13, "linger"), darwin: at(BSD_SOCKET, 0x1080, "linger") },
    server: "inherited",
    client: "connected",
    established: true,
    flags: [{ name: "linger", placeholder: "TIME" }],
  },
  {
    name: "congestion",
    type: "text",
    summary: "Congestion control algorithm (TCP_CONGESTION)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 13, "text") },
    server: "inherited",
    client: "syn",
    established: true,
    flags: [{ name: "congestion", placeholder: "NAME" }],
  },
  {
    name: "tos",
    type: "integer",
    range: [0, 255],
    summary: "Type of service octet of each packet, DSCP x 4; TCP keeps its two ECN bits (IP_TOS, IPV6_TCLASS)",
    manual: "ip(7)",
    constants: {
      linux: { any: [IP, 1, "int"], ipv6: [IPV6, 67, "int"] },
      darwin: { any: [IP, 3, "int"], ipv6: [IPV6, 36, "int"] },
    },
    server: "inherited",
    client: "syn",
    established: true,
    flags: [{ name: "tos", placeholder: "N" }],
  },
  {
    name: "ttl",
    type: "integer",
    range: [1, 255],
    summary: "Routers that a packet may pass (IP_TTL, IPV6_UNICAST_HOPS)",
    manual: "ip(7)",
    constants: {
      linux: { any: [IP, 2, "int"], ipv6: [IPV6, 16, "int"] },
      darwin: { any: [IP, 4, "int"], ipv6: [IPV6, 4, "int"] },
    },
    server: "inherited",
    client: "syn",
    established: true,
    flags: [{ name: "ttl", placeholder: "N" }],
  },
  {
    name: "notSentLowat",
    type: "bytes",
    range: [1, 2 ** 31 - 1],
    summary: "Take no more writes while this much waits to be sent (TCP_NOTSENT_LOWAT)",
    manual: "tcp(7)",
    constants: { linux: at(TCP, 25), darwin: at(TCP, 0x201) },
    server: "inherited",
    client: "connected",
    established: true,
    flags: [{ name: "notsent-lowat", placeholder: "SIZE" }],
  },
] as const satisfies readonly SocketOptionRow[];

/** The library's names of the options. */
export type SocketOptionName = (typeof SOCKET_OPTIONS)[number]["name"];

/** The command line's names of the flags. */
export type SocketOptionFlagName = (typeof SOCKET_OPTIONS)[number]["flags"][number]["name"];

/** The same rows, for those who go through all of them alike. */
export const SOCKET_OPTION_ROWS: readonly SocketOptionRow[] = SOCKET_OPTIONS;

/** The row of an option, if one has that name: a raw option's numbers are none. */
export function findSocketOptionRow(name: string): SocketOptionRow | undefined {
  return SOCKET_OPTION_ROWS.find((row) => row.name === name);
}

/**
 * The row of an option.
 *
 * @throws {TypeError} if there is none of that name.
 */
export function socketOptionRow(name: string): SocketOptionRow {
  const row = findSocketOptionRow(name);
  if (row === undefined) {
    throw new TypeError(`cannot set "${name}": use one of ${SOCKET_OPTION_ROWS.map((row) => row.name).join(", ")}`);
  }
  return row;
}
