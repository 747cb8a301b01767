/** Bytes that have come and nobody has asked for yet, first in, first out. What is pushed belongs to it. */
export class ByteQueue {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  /** Bytes in it. */
  get size(): number {
    return this.#size;
  }

  /** Adds bytes. */
  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
  }

  /**
   * Takes bytes out.
   *
   * @returns How many were put into `p`, from its start.
   */
  take(p: Uint8Array): number {
    let filled = 0;
    while (filled < p.length && this.#pieces.length > 0) {
      const first = this.#pieces[0];
      const part = first.length <= p.length - filled ? first : first.subarray(0, p.length - filled);
      p.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(part.length);
    }
    this.#size -= filled;
    return filled;
  }
}
