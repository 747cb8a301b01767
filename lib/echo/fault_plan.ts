import { Random, randomSeed } from "../core/random.ts";
import { mayOpenLibc } from "../socket/libc.ts";
import type { Fault } from "./fault.ts";
import { RECEIVING_FAULTS } from "./fault_gate.ts";
import type { DrawnFault } from "./fault_pipeline.ts";
import { makeFault } from "./faults.ts";
import type { ServiceName } from "./service.ts";

/** The faults of a server, and what they draw from: plain data, to be given to its threads. */
export interface FaultPlan {
  /** The faults, all values given. */
  readonly faults: readonly Fault[];
  /** Where randomness begins. */
  readonly seed: number;
}

/** Options for {@linkcode planFaults}. */
export interface FaultPlanOptions {
  /**
   * Where randomness begins: a whole number from 0 below 2^53.
   *
   * @default {a random one, below 2^32}
   */
  readonly seed?: number;
  /**
   * The services that connections are served with.
   *
   * @default {["echo"]}
   */
  readonly services?: readonly ServiceName[];
}

/**
 * Checks faults, and chooses a seed where none is given.
 *
 * @throws {TypeError} if a fault has no such kind, or acts on none of the services.
 * @throws {RangeError} if a value or the seed is out of range.
 * @throws {Deno.errors.NotSupported} if RST cannot be sent on this system.
 * @throws {Deno.errors.NotCapable} if that needs `--allow-ffi`.
 */
export function planFaults(faults: readonly Fault[], options: FaultPlanOptions = {}): FaultPlan {
  const { seed = randomSeed(), services = ["echo"] } = options;
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new RangeError(`cannot draw faults from seed ${seed}: use a whole number from 0 below 2^53`);
  }
  const made = faults.map(makeFault);
  for (const { kind } of made) {
    if (services.every((service) => service === "discard") && !RECEIVING_FAULTS.includes(kind)) {
      throw new TypeError(
        `cannot inject ${kind} into discard, which sends nothing: use ${RECEIVING_FAULTS.join(", ")}`,
      );
    }
    if (kind === "reset" || kind === "refuse") checkReset(kind);
  }
  return { faults: made, seed };
}

/** Elsewhere `abort()` sends FIN: a client under test would be told of another fault than the one asked for. */
function checkReset(kind: string): void {
  if (Deno.build.os !== "linux") {
    throw new Deno.errors.NotSupported(`cannot inject ${kind} on ${Deno.build.os}: use limit or early-fin`);
  }
  if (!mayOpenLibc()) {
    throw new Deno.errors.NotCapable(`cannot inject ${kind}: run Deno with --allow-ffi, or use limit or early-fin`);
  }
}

/** The streams of random numbers of a fault on a connection. */
const SHARE_STREAM = 0;
const FAULT_STREAM = 1;

/**
 * The faults that a connection draws: the same for the same plan and serial number, whatever other connections do.
 *
 * @param id The serial number of the connection within its server, over all threads.
 */
export function drawFaults({ faults, seed }: FaultPlan, id: number): DrawnFault[] {
  return faults.flatMap((fault, index) => {
    const hit = fault.share === 1 || new Random(seed, id, index, SHARE_STREAM).unit() < fault.share;
    return hit ? [{ fault, random: new Random(seed, id, index, FAULT_STREAM) }] : [];
  });
}
