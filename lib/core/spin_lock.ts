const FREE = 0;
const HELD = 1;

/** Tries in a row, some 10 µs: whoever holds the lock is done by then, unless the system has put its thread aside. */
const SPINS = 500;

/** Milliseconds between the tries after that: so long the thread sleeps, and leaves the processor to the one that has the lock. */
const NAP = 1;

/**
 * A lock over threads, for work of a microsecond or so that cannot fail half way. Unlike a `Mutex` that resolves later it is
 * there at once, for code that must not be interrupted by other events.
 */
export class SpinLock {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #patience: number;

  /**
   * Makes a view of a lock.
   *
   * @param words Memory that the threads share.
   * @param index Which word of it is the lock: 0 at first.
   * @param patience Naps of a millisecond at most, after which the lock is given up for lost.
   */
  constructor(words: Int32Array, index: number, patience = 5000) {
    this.#words = words;
    this.#index = index;
    this.#patience = patience;
  }

  /**
   * Does something while no other thread does anything under the same lock. It must not take the lock again.
   *
   * @throws {Error} if the lock does not become free: the thread that had it was ended in the middle of its work.
   */
  hold<T>(work: () => T): T {
    this.#acquire();
    try {
      return work();
    } finally {
      Atomics.store(this.#words, this.#index, FREE);
    }
  }

  #acquire(): void {
    for (let spin = 0; spin < SPINS; spin++) if (this.#try()) return;
    for (let nap = 0; nap < this.#patience; nap++) {
      Atomics.wait(this.#words, this.#index, HELD, NAP);
      if (this.#try()) return;
    }
    throw new Error(
      `cannot get a lock within ${this.#patience * NAP} ms: the thread that has it was ended while it had it`,
    );
  }

  #try(): boolean {
    return Atomics.compareExchange(this.#words, this.#index, FREE, HELD) === FREE;
  }
}
