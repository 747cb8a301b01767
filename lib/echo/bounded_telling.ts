import { Throttle } from "./throttle.ts";

/**
 * Tells of events of one kind at a bounded rate: of the first at once, and of those that follow together, an interval after
 * the last telling.
 *
 * ```text
 *   events    x  x xx x                    x
 *   told      1          4 (interval over) 1
 * ```
 */
export class BoundedTelling<T> {
  readonly #interval: number;
  readonly #tell: (count: number, last: T) => void;
  readonly #throttle: Throttle;
  #lastTold = -Infinity;
  #last: T | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param interval Milliseconds between two tellings at least.
   * @param tell Told of how many, and of the last of them.
   */
  constructor(interval: number, tell: (count: number, last: T) => void) {
    this.#interval = interval;
    this.#tell = tell;
    this.#throttle = new Throttle(interval);
  }

  /** Notes an event. */
  note(event: T): void {
    this.#last = event;
    const now = performance.now();
    const count = this.#throttle.admit(now);
    if (count > 0) return this.#say(count, now);
    this.#timer ??= setTimeout(() => this.#flush(), this.#lastTold + this.#interval - now);
    // It is no reason to go on living.
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Tells of no more: what is untold is not told. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    this.#timer = undefined;
    // A timer that fires a little early tells all the same: the interval is for the reader's sake.
    const count = this.#throttle.flush(performance.now());
    if (count > 0) this.#say(count, performance.now());
  }

  #say(count: number, now: number): void {
    this.stop();
    this.#lastTold = now;
    this.#tell(count, this.#last!);
  }
}
