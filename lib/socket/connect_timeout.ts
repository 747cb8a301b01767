/** What a kernel's connect timeout follows from; see {@linkcode connectSchedule}. */
export interface ConnectScheduleOptions {
  /** SYNs sent again at most: TCP_SYNCNT, or `net.ipv4.tcp_syn_retries`; at least 1. */
  readonly retries: number;
  /**
   * Timeouts after which the next one is as long as the one before: `net.ipv4.tcp_syn_linear_timeouts`. 0 is the behaviour
   * of kernels before 6.5, which do not have it.
   */
  readonly linearTimeouts: number;
  /**
   * Milliseconds until the first SYN is sent again (TCP_TIMEOUT_INIT, RFC 6298).
   *
   * @default {1000}
   */
  readonly initialRtoMs?: number;
  /**
   * Milliseconds of the longest timeout: `net.ipv4.tcp_rto_max_ms`, or TCP_RTO_MAX of kernels before 6.15.
   *
   * @default {120_000}
   */
  readonly maxRtoMs?: number;
}

/** When Linux gives up connecting to a host that never answers. */
export interface ConnectSchedule {
  /** SYNs sent in all, the first included. */
  readonly syns: number;
  /** Milliseconds from the first SYN to the error, if the kernel's timers are on time: they run late by a few percent. */
  readonly timeoutMs: number;
}

/**
 * The connect timeout of Linux, by the rules of its net/ipv4/tcp_timer.c: at each timeout the kernel gives up if as much
 * time is over as `retries` SYNs with doubled timeouts would have taken. Else it sends the SYN again, and doubles the
 * timeout if it has sent more again than `linearTimeouts`. (retransmits_timed_out() and tcp_retransmit_timer(), 6.5 to
 * 6.18. tcp_write_timeout() also counts to `retries` and `linearTimeouts` together, where the time is over at the latest.)
 *
 * TCP_USER_TIMEOUT takes the place of that time where it is set, which this does not model.
 */
export function connectSchedule(
  { retries, linearTimeouts, initialRtoMs = 1000, maxRtoMs = 120_000 }: ConnectScheduleOptions,
): ConnectSchedule {
  const limitMs = modelTimeoutMs(retries, initialRtoMs, maxRtoMs);
  let sentAgain = 0;
  let timeoutMs = initialRtoMs;
  for (let rtoMs = initialRtoMs; timeoutMs < limitMs; timeoutMs += rtoMs) {
    sentAgain++;
    if (sentAgain > linearTimeouts) rtoMs = Math.min(2 * rtoMs, maxRtoMs);
  }
  return { syns: sentAgain + 1, timeoutMs };
}

/** What so many retransmissions take when each timeout is twice the one before, up to the longest (tcp_model_timeout()). */
function modelTimeoutMs(retries: number, initialRtoMs: number, maxRtoMs: number): number {
  const doublings = Math.min(retries, Math.floor(Math.log2(Math.max(maxRtoMs / initialRtoMs, 1))));
  return (2 ** (doublings + 1) - 1) * initialRtoMs + (retries - doublings) * maxRtoMs;
}

/**
 * The time for which a server offers a connection that the peer does not complete, by the formula for doubled timeouts
 * from one second on: 2^(retries + 1) - 1 seconds. That is how the recipes count; nothing is asked of the kernel.
 *
 * @param retries SYN-ACKs sent again at most: `net.ipv4.tcp_synack_retries`.
 */
export function synAckTimeoutByFormulaMs(retries: number): number {
  return (2 ** (retries + 1) - 1) * 1000;
}
