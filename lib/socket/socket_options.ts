/** When an idle peer is probed, and when it counts as dead: after `idle + interval * count`. */
export interface KeepAliveOptions {
  /**
   * Whether to probe at all: what `getSocketOptions()` gives can be set again.
   *
   * @default {true}
   */
  enabled?: boolean;
  /**
   * Milliseconds without a byte before the first probe (TCP_KEEPIDLE, tcp(7)): whole seconds, 1000 to 32,767,000. Where
   * it is left out the kernel's own holds: on Linux two hours.
   */
  idle?: number;
  /**
   * Milliseconds between probes (TCP_KEEPINTVL, tcp(7)): whole seconds, 1000 to 32,767,000. Where it is left out the
   * kernel's own holds: on Linux 75 seconds.
   */
  interval?: number;
  /**
   * Unanswered probes after which the peer counts as dead (TCP_KEEPCNT, tcp(7)), 1 to 127: reads then reject with
   * `TimedOut`. Where it is left out the kernel's own holds: on Linux 9.
   */
  count?: number;
}

/** A socket option by its numbers, for those that have no name here. */
export interface RawSocketOption {
  /** Protocol level, such as 6 for TCP. */
  readonly level: number;
  /** Number of the option within its level. */
  readonly name: number;
  /** Value, a C int: -2^31 to 2^31 - 1. */
  readonly value: number;
}

/**
 * Options of a TCP socket. All but `noDelay` and a `keepAlive` of true or false go through the C library: they need
 * `--allow-ffi`, and Linux or macOS. What is left out stays as the kernel has it.
 */
export interface SocketOptions {
  /** Sends small writes at once (TCP_NODELAY, tcp(7)): without it one waits for the ACK of the one before (Nagle). */
  noDelay?: boolean;
  /**
   * Acknowledges at once rather than a moment later, with the answer (TCP_QUICKACK, tcp(7); Linux). `connect()` and
   * `listen()` set it again after each read, since the kernel leaves that mode by itself; `setSocketOptions()` sets it
   * once.
   */
  quickAck?: boolean;
  /** Probes an idle peer (SO_KEEPALIVE, socket(7)): at the kernel's times, or at these. */
  keepAlive?: boolean | KeepAliveOptions;
  /**
   * Bytes of the receive buffer (SO_RCVBUF, socket(7)), which bounds the window. Linux doubles it, for its bookkeeping,
   * caps it at twice `net.core.rmem_max`, and stops tuning it by itself.
   */
  recvBuffer?: number;
  /** Bytes of the send buffer (SO_SNDBUF, socket(7)). Linux doubles it, caps it and stops tuning it, as `recvBuffer`. */
  sendBuffer?: number;
  /**
   * Milliseconds that sent data may stay unacknowledged before the connection is given up with `TimedOut`
   * (TCP_USER_TIMEOUT, tcp(7); on macOS TCP_RXT_CONNDROPTIME, whole seconds). On a client it bounds connecting too, looked
   * at whenever a SYN is sent again: 500 ms end after a second.
   */
  userTimeout?: number;
  /**
   * Milliseconds, whole seconds, that closing waits for unsent data (SO_LINGER, socket(7)). It is close(2) that waits, in
   * the event loop: nothing else runs in the program meanwhile. 0 makes `close()` send RST and drop what is unsent, on Linux without
   * a FIN before it. `false` switches it off.
   */
  linger?: number | false;
  /** Congestion control algorithm (TCP_CONGESTION, tcp(7); Linux), such as `"cubic"`. */
  congestion?: string;
  /**
   * Type of service octet, 0 to 255: DSCP times 4 (IP_TOS, ip(7); IPV6_TCLASS, ipv6(7)). Linux keeps the two ECN bits of
   * TCP to itself.
   */
  tos?: number;
  /** Routers that a packet may pass, 1 to 255 (IP_TTL, ip(7); IPV6_UNICAST_HOPS, ipv6(7)). */
  ttl?: number;
  /** Bytes not yet sent above which the socket takes no more writes (TCP_NOTSENT_LOWAT, tcp(7)). */
  notSentLowat?: number;
  /** Network interface to use, and no other (SO_BINDTODEVICE, socket(7); on macOS IP_BOUND_IF). */
  bindDevice?: string;
  /** Mark of outgoing packets, 0 to 2^32 - 1, for routing and firewall rules (SO_MARK, socket(7); Linux, root). */
  mark?: number;
  /** Options by their numbers, set after all others in this order. */
  raw?: readonly RawSocketOption[];
}

/** Options of a socket that listens. The connections it accepts inherit them, unless it says otherwise. */
export interface ListenerSocketOptions extends SocketOptions {
  /** Bytes of the largest segment to send, and to announce in the SYN-ACK, 88 to 32767 (TCP_MAXSEG, tcp(7)). */
  mss?: number;
  /**
   * Milliseconds, whole seconds, to wait for a connection's first data before it is handed over all the same
   * (TCP_DEFER_ACCEPT, tcp(7); Linux, which rounds it up to its SYN-ACK schedule). Concerns the listener only.
   */
  deferAccept?: number;
  /**
   * Takes data that comes with a SYN (TCP_FASTOPEN, RFC 7413; Linux, where bit 2 of `net.ipv4.tcp_fastopen` must be set).
   * Concerns the listener only.
   */
  fastOpen?: boolean;
}

/** Options of a socket that connects. */
export interface ConnectorSocketOptions extends SocketOptions {
  /** Bytes of the largest segment to send, and to announce in the SYN, 88 to 32767 (TCP_MAXSEG, tcp(7)). */
  mss?: number;
  /**
   * SYNs sent again at most, 1 to 127 (TCP_SYNCNT, tcp(7); Linux). Connecting is then given up with a `ConnectError` of
   * kind `timeout`, when this kernel's schedule says so: `sounder sockopt` shows it.
   */
  synRetries?: number;
  /**
   * Sends the first write with the SYN, once the server has given its cookie (TCP_FASTOPEN_CONNECT, RFC 7413; Linux).
   * With a cookie `connect()` succeeds before anything is sent: the first write tells of a failure. The connection goes
   * through node:net, which fails a write that is waiting when the peer sends FIN (Deno 2.9.6).
   */
  fastOpen?: boolean;
  /** Address of this machine to connect from, `"192.0.2.7"` or with a port `"192.0.2.7:4000"` (bind(2)). */
  source?: string;
}
