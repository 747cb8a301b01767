import type {
  BandwidthFault,
  CorruptFault,
  DelayFault,
  EarlyFinFault,
  Fault,
  FaultKind,
  LimitFault,
  RefuseFault,
  ResetFault,
  SliceFault,
  StallFault,
  TruncateFault,
} from "./fault.ts";
import { checkedFault } from "./fault_check.ts";

/** What a function that makes a fault is told: what it must be, and the rest by choice. */
export type FaultOptions<F extends Fault, Needed extends keyof F = never> =
  & Pick<F, Needed>
  & Partial<Omit<F, "kind">>;

/**
 * What is sent goes out later: see {@linkcode DelayFault}.
 *
 * @param options By default there is no jitter, its distribution is uniform, and the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 *
 * @example A path with 40 to 60 ms
 * ```ts
 * import { delay } from "@sounder/tcp";
 *
 * const faults = [delay({ ms: 50, jitterMs: 10 })];
 * console.log(faults[0].distribution); // uniform
 * ```
 */
export function delay(options: FaultOptions<DelayFault, "ms">): DelayFault {
  const { ms, jitterMs = 0, distribution = "uniform", share = 1 } = options;
  return checkedFault({ kind: "delay", ms, jitterMs, distribution, share });
}

/**
 * Bounds how fast bytes go out: see {@linkcode BandwidthFault}.
 *
 * @param options By default the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function bandwidth(options: FaultOptions<BandwidthFault, "bytesPerSecond">): BandwidthFault {
  const { bytesPerSecond, share = 1 } = options;
  return checkedFault({ kind: "bandwidth", bytesPerSecond, share });
}

/**
 * Cuts what is sent into small writes: see {@linkcode SliceFault}.
 *
 * @param options By default there is no gap, and the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function slice(options: FaultOptions<SliceFault, "bytes">): SliceFault {
  const { bytes, gapMs = 0, share = 1 } = options;
  return checkedFault({ kind: "slice", bytes, gapMs, share });
}

/**
 * Sends nothing more for a while, or for ever: see {@linkcode StallFault}.
 *
 * @param options By default it strikes before the first byte, for ever, and the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function stall(options: FaultOptions<StallFault> = {}): StallFault {
  const { ms = Infinity, afterBytes = 0, share = 1 } = options;
  return checkedFault({ kind: "stall", ms, afterBytes, share });
}

/**
 * Loses the tail of what is sent: see {@linkcode TruncateFault}.
 *
 * @param options By default nothing at all arrives, and the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function truncate(options: FaultOptions<TruncateFault> = {}): TruncateFault {
  const { afterBytes = 0, share = 1 } = options;
  return checkedFault({ kind: "truncate", afterBytes, share });
}

/**
 * Sends FIN although more is owed, and reads on: see {@linkcode EarlyFinFault}.
 *
 * @param options By default FIN comes in place of the first byte, and the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function earlyFin(options: FaultOptions<EarlyFinFault> = {}): EarlyFinFault {
  const { afterBytes = 0, share = 1 } = options;
  return checkedFault({ kind: "early-fin", afterBytes, share });
}

/**
 * Closes the connection in order after some bytes: see {@linkcode LimitFault}.
 *
 * @param options By default it is closed in place of sending the first byte, and the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function limit(options: FaultOptions<LimitFault> = {}): LimitFault {
  const { afterBytes = 0, share = 1 } = options;
  return checkedFault({ kind: "limit", afterBytes, share });
}

/**
 * Sends RST after some bytes: see {@linkcode ResetFault}.
 *
 * @param options By default RST comes in place of the first byte, and the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function reset(options: FaultOptions<ResetFault> = {}): ResetFault {
  const { afterBytes = 0, share = 1 } = options;
  return checkedFault({ kind: "reset", afterBytes, share });
}

/**
 * Changes bytes: see {@linkcode CorruptFault}.
 *
 * @param options By default it is the first byte alone that is changed, and the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function corrupt(options: FaultOptions<CorruptFault> = {}): CorruptFault {
  const { rate, afterBytes = 0, share = 1 } = options;
  return checkedFault({ kind: "corrupt", ...(rate !== undefined && { rate }), afterBytes, share });
}

/**
 * Sends RST as soon as a connection is accepted: see {@linkcode RefuseFault}.
 *
 * @param options By default the share is 1: all connections.
 * @throws {RangeError} if a value is out of range.
 */
export function refuse(options: FaultOptions<RefuseFault> = {}): RefuseFault {
  const { share = 1 } = options;
  return checkedFault({ kind: "refuse", share });
}

const MAKERS: Record<FaultKind, (options: never) => Fault> = {
  delay,
  bandwidth,
  slice,
  stall,
  truncate,
  "early-fin": earlyFin,
  limit,
  reset,
  corrupt,
  refuse,
};

/**
 * A fault of its kind and its values, what is not given by default.
 *
 * @throws {TypeError} if there is no such kind.
 * @throws {RangeError} if a value is out of range.
 */
export function makeFault(fault: { readonly kind: FaultKind }): Fault {
  if (!Object.hasOwn(MAKERS, fault?.kind)) {
    throw new TypeError(`cannot inject a fault "${fault?.kind}": use ${Object.keys(MAKERS).join(", ")}`);
  }
  return MAKERS[fault.kind](fault as never);
}
