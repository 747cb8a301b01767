import type { ServerStats } from "./echo_server.ts";

/** Where a thread's block has what; the names are those of {@linkcode ServerStats}. */
export const OPEN = 0;
/** See {@linkcode OPEN}. */
export const TOTAL = 1;
/** See {@linkcode OPEN}. */
export const REFUSED = 2;
/** See {@linkcode OPEN}. */
export const BYTES_IN = 3;
/** See {@linkcode OPEN}. */
export const BYTES_OUT = 4;
/** See {@linkcode OPEN}. */
export const ERRORS = 5;

/** Numbers from one block to the next: 128 bytes, so that no two threads write to one cache line, or to a pair of them. */
const BLOCK = 16;
/** What all threads count together, in a block of its own before theirs: the last serial number, and those that are open. */
const LAST_ID = 0;
const OPEN_IN_ALL = 1;

/**
 * What the threads of a server count. Each writes a block of its own, at the price of a store; any thread adds them up at
 * any time, in memory that they share.
 */
export class ServerTotals {
  /** The memory: what a Worker is given, to make its own view of the same. */
  readonly memory: SharedArrayBuffer;
  readonly #together: BigInt64Array;
  readonly #blocks: readonly Float64Array[];

  /** @param memory Of {@linkcode create}. */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    const block = (index: number) => [memory, index * BLOCK * Float64Array.BYTES_PER_ELEMENT, BLOCK] as const;
    this.#together = new BigInt64Array(...block(0));
    const threads = memory.byteLength / (BLOCK * Float64Array.BYTES_PER_ELEMENT) - 1;
    this.#blocks = Array.from({ length: threads }, (_, thread) => new Float64Array(...block(thread + 1)));
  }

  /** Makes one, all at nought. */
  static create(threads: number): ServerTotals {
    return new ServerTotals(new SharedArrayBuffer((threads + 1) * BLOCK * Float64Array.BYTES_PER_ELEMENT));
  }

  /** The block of a thread, to write to: indexed by {@linkcode BYTES_IN} and so on. */
  block(thread: number): Float64Array {
    return this.#blocks[thread];
  }

  /** The totals of all threads, now. */
  get stats(): ServerStats {
    const sum = (index: number) => this.#blocks.reduce((total, block) => total + block[index], 0);
    return {
      open: sum(OPEN),
      total: sum(TOTAL),
      refused: sum(REFUSED),
      bytesIn: sum(BYTES_IN),
      bytesOut: sum(BYTES_OUT),
      errors: sum(ERRORS),
    };
  }

  /**
   * Counts a connection in, unless as many are open over all threads as may be; then it counts it as refused.
   *
   * @returns The connection's serial number, or `undefined` for one that is refused.
   */
  enter(thread: number, most = Infinity): number | undefined {
    const block = this.#blocks[thread];
    for (let open = Atomics.load(this.#together, OPEN_IN_ALL); open < most;) {
      const before = Atomics.compareExchange(this.#together, OPEN_IN_ALL, open, open + 1n);
      if (before === open) {
        block[OPEN]++;
        block[TOTAL]++;
        return Number(Atomics.add(this.#together, LAST_ID, 1n)) + 1;
      }
      open = before;
    }
    block[REFUSED]++;
    return undefined;
  }

  /** Counts a connection out. */
  leave(thread: number): void {
    this.#blocks[thread][OPEN]--;
    Atomics.sub(this.#together, OPEN_IN_ALL, 1n);
  }

  /** Counts out, as errors, the connections that a thread had open when it died. It must not write any more. */
  bury(thread: number): void {
    const block = this.#blocks[thread];
    const lost = block[OPEN];
    block[ERRORS] += lost;
    block[OPEN] = 0;
    Atomics.sub(this.#together, OPEN_IN_ALL, BigInt(lost));
  }
}
