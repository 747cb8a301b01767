import { delayUntil } from "../core/delay.ts";
import type { Random } from "../core/random.ts";
import type { DelayDistribution, DelayFault, Fault } from "./fault.ts";
import { type Outlet, type OutletEnd, throwIfClosed } from "./fault_outlet.ts";

/** Bytes on their way at most: the largest send buffer that Linux gives by itself (net.ipv4.tcp_wmem). */
export const DELAY_LINE = 4 * 1024 * 1024;
/** What a chunk counts beside its bytes: about what its promises and its view cost. */
const CHUNK_COST = 512;

/** Holds back what it takes, each chunk for its own time, and passes it on in order. */
export class DelayLine implements Outlet {
  readonly #next: Outlet;
  readonly #fault: DelayFault;
  readonly #random: Random;
  readonly #closed: AbortSignal;
  /** Settles when the last chunk has been passed on. Once it has failed, nothing more is. */
  #last: Promise<void> = Promise.resolve();
  #held = 0;
  #failure: { error: unknown; told: boolean } | undefined;
  #wake: (() => void) | undefined;

  constructor(next: Outlet, fault: DelayFault, random: Random, closed: AbortSignal) {
    this.#next = next;
    this.#fault = fault;
    this.#random = random;
    this.#closed = closed;
    closed.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  async write(bytes: Uint8Array): Promise<void> {
    const cost = bytes.length + CHUNK_COST;
    // One that is larger than the line goes alone.
    while (this.#held > 0 && this.#held + cost > DELAY_LINE && !this.#failure && !this.#closed.aborted) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    throwIfClosed(this.#closed);
    this.#throwIfFailed();
    this.#held += cost;
    const copy = bytes.slice();
    this.#put(async () => {
      await this.#next.write(copy);
      this.#held -= cost;
      this.#wake?.();
    });
  }

  async end(how: OutletEnd): Promise<void> {
    if (this.#failure?.told) return await this.#next.end(how);
    this.#put(() => this.#next.end(how));
    try {
      await this.#last;
    } catch (error) {
      this.#failure = { error, told: true };
      throw error;
    }
  }

  #put(pass: () => Promise<void>): void {
    const due = performance.now() + drawDelay(this.#fault, this.#random);
    this.#last = this.#last.then(async () => {
      await delayUntil(due, this.#closed);
      throwIfClosed(this.#closed);
      await pass();
    });
    this.#last.catch((error) => {
      this.#failure ??= { error, told: false };
      this.#wake?.();
    });
  }

  /** What failed on its way is told to the next write or end, as a socket tells a reset: once. */
  #throwIfFailed(): void {
    if (!this.#failure) return;
    if (this.#failure.told) throw new Deno.errors.BrokenPipe("what was sent before could not go out");
    this.#failure.told = true;
    throw this.#failure.error;
  }
}

/** Milliseconds that a chunk is held back: never less than 0. */
export function drawDelay({ ms, jitterMs, distribution }: DelayFault, random: Random): number {
  return jitterMs === 0 ? ms : Math.max(0, ms + jitterMs * DEVIATES[distribution](random));
}

/** Of the numbers that a delay varies by, all but two in a hundred at most are below this. */
const MOST_DEVIATIONS = 3;

/** Milliseconds that faults hold back what is sent at most, but for two in a hundred chunks of a delay with a tail. */
export function longestDelay(faults: readonly Fault[]): number {
  const delays = faults.filter((fault) => fault.kind === "delay");
  return delays.reduce((sum, { ms, jitterMs }) => sum + ms + MOST_DEVIATIONS * jitterMs, 0);
}

/** The shape of Pareto's distribution that tc-netem(8) has, its mean, and its standard deviation. */
const SHAPE = 3;
const MEAN = SHAPE / (SHAPE - 1);
const DEVIATION = Math.sqrt(SHAPE / (SHAPE - 2)) / (SHAPE - 1);

/** Numbers around 0: `uniform` from -1 to 1, the others of standard deviation 1. */
const DEVIATES: Record<DelayDistribution, (random: Random) => number> = {
  uniform: (random) => 2 * random.unit() - 1,
  // G. Box, M. Muller: A note on the generation of random normal deviates, 1958.
  normal: (random) => Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit()),
  // The inverse of its cumulative distribution, from 1 on.
  pareto: (random) => ((1 - random.unit()) ** (-1 / SHAPE) - MEAN) / DEVIATION,
};
