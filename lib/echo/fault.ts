/** The faults that a server can inject, by name: from the wire inwards, as they act on what is sent. */
export const FAULT_KINDS = [
  "delay",
  "bandwidth",
  "slice",
  "stall",
  "truncate",
  "early-fin",
  "limit",
  "reset",
  "corrupt",
  "refuse",
] as const;

/** The name of a fault. */
export type FaultKind = typeof FAULT_KINDS[number];

/** The shapes that a varying delay can have: see {@linkcode DelayFault.distribution}. */
export const DELAY_DISTRIBUTIONS = ["uniform", "normal", "pareto"] as const;

/** The shape of a varying delay. */
export type DelayDistribution = typeof DELAY_DISTRIBUTIONS[number];

/** What all faults have. */
export interface FaultShare {
  /** The share of connections that the fault is injected into, 0 to 1. Each fault draws for itself. */
  readonly share: number;
}

/** What the faults have that wait for a byte of the stream. */
export interface FaultOffset extends FaultShare {
  /**
   * The fault strikes as soon as the service has sent so many bytes; at 0 in place of the first byte, or of the FIN where
   * none comes before it. With discard, which sends nothing, bytes received count; at 0 it strikes at once.
   */
  readonly afterBytes: number;
}

/**
 * What is sent goes out later; order is kept, and up to 4 MiB are on their way at once, so that it is latency and not
 * bandwidth (beyond 80 MiB/s at 50 ms). FIN and RST are delayed as well.
 */
export interface DelayFault extends FaultShare {
  /** The name. */
  readonly kind: "delay";
  /** The mean delay, in milliseconds. */
  readonly ms: number;
  /**
   * How much it varies, in milliseconds, drawn for each chunk that the service sends. Less than no delay is none; a chunk
   * that would overtake the one before waits for it.
   */
  readonly jitterMs: number;
  /**
   * `uniform`: evenly from `ms - jitterMs` to `ms + jitterMs`. `normal`: `jitterMs` is the standard deviation. `pareto`:
   * the same with a long tail (shape 3, as in tc-netem(8)), and never below `ms - 0.58 * jitterMs`.
   */
  readonly distribution: DelayDistribution;
}

/**
 * No more goes out than so many bytes per second, at most 50 ms' worth of them at once. With discard: no more is read.
 */
export interface BandwidthFault extends FaultShare {
  /** The name. */
  readonly kind: "bandwidth";
  /** Bytes per second. */
  readonly bytesPerSecond: number;
}

/** What is sent goes out in small writes: with TCP_NODELAY, and a gap, each is a segment of its own. */
export interface SliceFault extends FaultShare {
  /** The name. */
  readonly kind: "slice";
  /** Bytes of a slice at most. */
  readonly bytes: number;
  /** Milliseconds between two of them. */
  readonly gapMs: number;
}

/** Nothing more goes out, not even FIN, and nothing is read; the connection stays open. */
export interface StallFault extends FaultOffset {
  /** The name. */
  readonly kind: "stall";
  /** Milliseconds after which it goes on; `Infinity` for never. */
  readonly ms: number;
}

/** The rest of the echo is lost: everything goes on as if it had been sent, up to FIN in answer to the peer's. */
export interface TruncateFault extends FaultOffset {
  /** The name. */
  readonly kind: "truncate";
}

/** FIN is sent although more is owed; the connection stays half open, and what comes is read to the peer's FIN. */
export interface EarlyFinFault extends FaultOffset {
  /** The name. */
  readonly kind: "early-fin";
}

/** The connection is closed in order: FIN, a second at most for the peer's, and from then on RST to what comes. */
export interface LimitFault extends FaultOffset {
  /** The name. */
  readonly kind: "limit";
}

/** RST, once the peer has acknowledged what was sent before, or after a second in which it did not. */
export interface ResetFault extends FaultOffset {
  /** The name. */
  readonly kind: "reset";
}

/** Bytes are changed on their way, never to what they were. Which, depends on the seed and on their place only. */
export interface CorruptFault extends FaultShare {
  /** The name. */
  readonly kind: "corrupt";
  /** The probability of each byte to be changed, more than 0, at most 1; without it the one byte at `afterBytes` is. */
  readonly rate?: number;
  /** Bytes before the first that may be changed. */
  readonly afterBytes: number;
}

/**
 * RST as soon as the connection is accepted. The peer's connect succeeds: a listener cannot refuse a part of the
 * handshakes, since the kernel completes them.
 */
export interface RefuseFault extends FaultShare {
  /** The name. */
  readonly kind: "refuse";
}

/** A fault that a server injects into its connections: plain data, as the functions named after the kinds make it. */
export type Fault =
  | DelayFault
  | BandwidthFault
  | SliceFault
  | StallFault
  | TruncateFault
  | EarlyFinFault
  | LimitFault
  | ResetFault
  | CorruptFault
  | RefuseFault;
