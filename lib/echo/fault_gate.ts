import type { Fault, FaultKind } from "./fault.ts";
import { type Outlet, pause } from "./fault_outlet.ts";
import { type FaultContext, makeStrike } from "./fault_pipeline.ts";
import { BytePace } from "./fault_stages.ts";

/** The faults that act on what is received, where a service sends nothing (discard). */
export const RECEIVING_FAULTS: readonly FaultKind[] = ["bandwidth", "stall", "early-fin", "limit", "reset", "refuse"];

/** What a fault has to say to a read. */
export interface FaultGate {
  /** Called before a read of at most `length` bytes: how many it may ask for. */
  admit(length: number): Promise<number>;
  /** Called after it, with the bytes that came. */
  passed(bytes: number): Promise<void>;
}

/** A fault as it acts on what is received; undefined for one that does not. */
export function makeGate(fault: Fault, wire: Outlet, context: FaultContext): FaultGate | undefined {
  switch (fault.kind) {
    case "bandwidth": {
      const pace = new BytePace(fault);
      return {
        admit: (length) => Promise.resolve(Math.min(length, pace.piece)),
        passed: (bytes) => pause(pace.take(bytes), context.closed),
      };
    }
    case "stall":
    case "early-fin":
    case "limit":
    case "reset":
      return new ThresholdGate(fault.afterBytes, () => makeStrike(wire, fault, context).strike());
    default:
      return undefined;
  }
}

/** Lets reads have the bytes up to an offset, and then has its fault strike. */
class ThresholdGate implements FaultGate {
  #left: number;
  readonly #strike: () => Promise<void>;
  #struck = false;

  constructor(afterBytes: number, strike: () => Promise<void>) {
    this.#left = afterBytes;
    this.#strike = strike;
  }

  async admit(length: number): Promise<number> {
    if (this.#struck) return length;
    if (this.#left > 0) return Math.min(length, this.#left);
    this.#struck = true;
    await this.#strike();
    return length;
  }

  passed(bytes: number): Promise<void> {
    this.#left -= bytes;
    return Promise.resolve();
  }
}
