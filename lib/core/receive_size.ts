/**
 * Bytes of a receive buffer: small at rest, since 10,000 idle connections hold one each; in steps so wide
 * that three full reads lead to the largest. 1 MiB was measured to be no faster than 256 KiB, which is faster than 64 KiB.
 */
export const RECEIVE_SIZES = [512, 4 * 1024, 64 * 1024, 256 * 1024] as const;
/** Reads in a row that a smaller buffer would not have been filled by, before it is taken: one is the end of a message. */
const SHORT_READS = 2;

/**
 * How large the next receive buffer is to be: grown when a read fills one, shrunk one step after two reads in a row that
 * would not have filled the smaller one. Netty's `AdaptiveRecvByteBufAllocator` works so; a pure function of what it is
 * told.
 *
 * ```text
 *   512 B ──full──▶ 4 KiB ──full──▶ 64 KiB ──full──▶ 256 KiB
 *         ◀─2 short─       ◀─2 short─        ◀─2 short─
 * ```
 */
export class ReceiveSize {
  readonly #last: number;
  #step = 0;
  #short = 0;

  /** @param largest Bytes at most, one of {@linkcode RECEIVE_SIZES}. */
  constructor(largest: typeof RECEIVE_SIZES[number] = 256 * 1024) {
    this.#last = RECEIVE_SIZES.indexOf(largest);
  }

  /** Bytes of a buffer now. */
  get bytes(): number {
    return RECEIVE_SIZES[this.#step];
  }

  /** Which of the sizes it is, from 0. */
  get step(): number {
    return this.#step;
  }

  /**
   * Notes a read of `bytesRead` into a buffer of this size.
   *
   * @returns Whether the size is another one now.
   */
  record(bytesRead: number): boolean {
    const step = this.#step;
    if (bytesRead >= RECEIVE_SIZES[step]) {
      this.#short = 0;
      if (step === this.#last) return false;
      this.#step = step + 1;
      return true;
    }
    if (step === 0 || bytesRead >= RECEIVE_SIZES[step - 1]) {
      this.#short = 0;
      return false;
    }
    if (++this.#short < SHORT_READS) return false;
    this.#short = 0;
    this.#step = step - 1;
    return true;
  }

  /** Stays at that step after all: there was no buffer of the size that {@linkcode record} chose. */
  stay(step: number): void {
    this.#short = 0;
    this.#step = step;
  }
}
