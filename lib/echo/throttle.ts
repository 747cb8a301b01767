/**
 * Bounds how often the same trouble is told: at once the first time, then at most once per interval, with the number of
 * times that went untold in between. A pure function of the times it is given.
 */
export class Throttle {
  readonly #interval: number;
  #last = -Infinity;
  #untold = 0;

  /** @param interval Milliseconds between two tellings at least. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /**
   * Notes one occurrence.
   *
   * @param now Milliseconds on any clock that does not go back.
   * @returns How many occurrences to tell of, this one included; 0 to keep quiet.
   */
  admit(now: number): number {
    this.#untold++;
    return now - this.#last < this.#interval ? 0 : this.flush(now);
  }

  /**
   * Tells of what went untold, be the interval over or not.
   *
   * @returns How many occurrences to tell of; 0 for none.
   */
  flush(now: number): number {
    const count = this.#untold;
    this.#untold = 0;
    this.#last = now;
    return count;
  }
}
