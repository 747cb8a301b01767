/** Bytes of a pool's free buffers that are kept for the next; the rest goes back to the system. */
const KEPT = 8 * 1024 * 1024;
/** Bytes allocated at a time at least: a part of a slab costs its own bytes and a view, an ArrayBuffer much more. */
const SLAB = 64 * 1024;

/** Buffers of one size, used again and again. */
export class BufferPool {
  readonly #size: number;
  readonly #limit: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #slab = new Uint8Array(0);
  #cut = 0;
  #taken = 0;

  /**
   * @param size Bytes of a buffer.
   * @param limit Bytes in use at most.
   */
  constructor(size: number, limit = Infinity) {
    this.#size = size;
    this.#limit = limit;
  }

  /** Bytes in use. */
  get taken(): number {
    return this.#taken;
  }

  /** Bytes that lie ready. */
  get kept(): number {
    return this.#free.length * this.#size;
  }

  /** A buffer, with whatever was in it last; `undefined` where the limit is reached. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#taken + this.#size > this.#limit) return undefined;
    this.#taken += this.#size;
    return this.#free.pop() ?? this.#cutOne();
  }

  /** Takes a buffer back. Nothing may read into it or write from it any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.#taken -= this.#size;
    if (this.kept + this.#size <= KEPT) this.#free.push(buffer);
  }

  #cutOne(): Uint8Array<ArrayBuffer> {
    if (this.#cut + this.#size > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(SLAB, this.#size));
      this.#cut = 0;
    }
    this.#cut += this.#size;
    return this.#slab.subarray(this.#cut - this.#size, this.#cut);
  }
}
