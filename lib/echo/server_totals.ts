import type { LimitReason, RefusalReason, ServerStats } from "./server_stats.ts";

/** Where a thread's block has what; the names are those of {@linkcode ServerStats}. */
export const OPEN = 0;
/** See {@linkcode OPEN}. */
export const TOTAL = 1;
/** See {@linkcode OPEN}. */
export const BYTES_IN = 2;
/** See {@linkcode OPEN}. */
export const BYTES_OUT = 3;
/** See {@linkcode OPEN}. */
export const ERRORS = 4;
/** See {@linkcode OPEN}. */
export const PAUSES = 5;
/** See {@linkcode OPEN}. */
export const FAULTED = 14;
/** What connections are refused for: where a block has their number. */
export const REFUSED: Readonly<Record<RefusalReason, number>> = {
  access: 6,
  maxConnections: 7,
  maxPerHost: 8,
  acceptRate: 9,
  handshake: 10,
};
/** What limits connections are ended by: where a block has their number. */
export const ENDED: Readonly<Record<LimitReason, number>> = { idle: 11, lifetime: 12, bytes: 13 };

/** Numbers from one block to the next: 128 bytes, so that no two threads write to one cache line, or to a pair of them. */
const BLOCK = 16;
/**
 * What all threads have together, in a block of its own before theirs: the last serial number, how many are open, and the
 * state of the rate limits.
 */
const LAST_ID = 0;
const OPEN_IN_ALL = 1;
const RATE_CELLS = { accept: 2, received: 3, sent: 4 };

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

  /** The state of a rate limit that holds for all threads together. */
  rateCell(name: keyof typeof RATE_CELLS): BigInt64Array {
    return this.#together.subarray(RATE_CELLS[name], RATE_CELLS[name] + 1);
  }

  /** The totals of all threads, now. */
  get stats(): ServerStats {
    const sum = (index: number) => this.#blocks.reduce((total, block) => total + block[index], 0);
    const sums = <K extends string>(indexes: Readonly<Record<K, number>>) =>
      Object.fromEntries(Object.entries<number>(indexes).map(([name, index]) => [name, sum(index)])) as Record<
        K,
        number
      >;
    const refusedBy = sums(REFUSED);
    return {
      open: sum(OPEN),
      total: sum(TOTAL),
      refused: Object.values(refusedBy).reduce((a, b) => a + b),
      refusedBy,
      endedBy: sums(ENDED),
      pauses: sum(PAUSES),
      faulted: sum(FAULTED),
      bytesIn: sum(BYTES_IN),
      bytesOut: sum(BYTES_OUT),
      errors: sum(ERRORS),
    };
  }

  /** Counts a connection as open, unless as many are open over all threads as may be. */
  enter(thread: number, most = Infinity): boolean {
    for (let open = Atomics.load(this.#together, OPEN_IN_ALL); open < most;) {
      const before = Atomics.compareExchange(this.#together, OPEN_IN_ALL, open, open + 1n);
      if (before === open) {
        this.#blocks[thread][OPEN]++;
        return true;
      }
      open = before;
    }
    return false;
  }

  /** The serial number of the next connection, over all threads: from 1. */
  nextId(): number {
    return Number(Atomics.add(this.#together, LAST_ID, 1n)) + 1;
  }

  /** Counts a connection as served. */
  serve(thread: number): void {
    this.#blocks[thread][TOTAL]++;
  }

  /** Counts a connection as open no more. */
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
