interface Timer {
  due: number;
  call: () => void;
}

/**
 * Stands in for `setTimeout` and `performance.now` until it is disposed of, so that a test decides what time it is.
 * Input and output go on as ever.
 */
export class FakeTime implements Disposable {
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: performance.now };
  readonly #timers = new Map<number, Timer>();
  #now = 1000;
  #lastId = 0;

  /** Stops the clock. */
  constructor() {
    performance.now = () => this.#now;
    globalThis.setTimeout = ((call: () => void, ms = 0) => {
      this.#timers.set(++this.#lastId, { due: this.#now + ms, call });
      return this.#lastId;
    }) as unknown as typeof setTimeout;
    globalThis.clearTimeout = (id) => void this.#timers.delete(id as unknown as number);
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (true) {
      const [next] = [...this.#timers].filter(([, { due }]) => due <= end).sort(([, a], [, b]) => a.due - b.due);
      if (!next) break;
      const [id, { due, call }] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, due);
      call();
    }
    this.#now = end;
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#real.setTimeout;
    globalThis.clearTimeout = this.#real.clearTimeout;
    performance.now = this.#real.now;
  }
}
