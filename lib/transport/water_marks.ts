import { LARGEST_WRITE } from "./write_queue.ts";
import type { WriteBufferLimits } from "./transport.ts";

/** asyncio's. */
const DEFAULT_HIGH = 64 * 1024;

/**
 * The marks that options make.
 *
 * @throws {RangeError} unless `high >= low >= 0`.
 * @throws {TypeError} if a limit is no number.
 */
export function limitsOf({ high, low }: Partial<WriteBufferLimits> = {}): WriteBufferLimits {
  for (const limit of [high, low]) {
    if (limit === undefined || typeof limit === "number") continue;
    throw new TypeError(`cannot set write buffer limits to "${limit}": use numbers of bytes`);
  }
  const top = high ?? (low === undefined ? DEFAULT_HIGH : 4 * low);
  const bottom = low ?? Math.floor(top / 4);
  if (!(top >= bottom && bottom >= 0)) {
    throw new RangeError(`cannot set write buffer limits to high ${top}, low ${bottom}: high >= low >= 0 must hold`);
  }
  // Whole bytes: a part of one can neither be sent nor be left.
  return { high: Math.floor(top), low: Math.floor(bottom) };
}

/** Tells when writing is to be paused and when to be resumed: in turn, and no oftener than needed. */
export class WaterMarks {
  #limits = limitsOf();
  #paused = false;

  /** The marks. */
  get limits(): WriteBufferLimits {
    return this.#limits;
  }

  set limits(limits: WriteBufferLimits) {
    this.#limits = limits;
  }

  /** What a buffer of that size calls for. */
  judge(size: number): "pause" | "resume" | undefined {
    if (!this.#paused && size > this.#limits.high) {
      this.#paused = true;
      return "pause";
    }
    if (this.#paused && size <= this.#limits.low) {
      this.#paused = false;
      return "resume";
    }
  }

  /** Bytes of the next write at most: while paused, as many as bring the buffer to the low mark; undefined for any. */
  mostOf(size: number): number | undefined {
    const above = size - this.#limits.low;
    return this.#paused && above > 0 ? Math.min(above, LARGEST_WRITE) : undefined;
  }
}
