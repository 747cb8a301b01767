/** Bytes that go out in one system call at most: more makes none faster, and would keep the low-water mark waiting. */
export const LARGEST_WRITE = 64 * 1024;
/** Bytes of the first block: a line or two. */
const SMALLEST_BLOCK = 512;
/** Bytes of the largest block that is kept for the next write when all has gone out. */
const LARGEST_KEPT = 4 * 1024;

/** Bytes one behind the other, from the start of a buffer to `end`. */
interface Block {
  bytes: Uint8Array<ArrayBuffer>;
  end: number;
}

/**
 * What was written and not taken by the system yet, first in, first out: copied into blocks that grow to what goes out in
 * one system call, so that a thousand small pieces take no more memory than one large one.
 */
export class WriteQueue {
  #blocks: Block[] = [];
  /** The first byte that is left of the first block. */
  #offset = 0;
  #size = 0;

  /** Bytes in it, those under way included. */
  get size(): number {
    return this.#size;
  }

  /** Adds a copy. */
  push(data: Uint8Array): void {
    this.#size += data.length;
    for (let rest = data; rest.length > 0;) {
      const block = this.#blockFor(rest.length);
      const part = rest.subarray(0, block.bytes.length - block.end);
      // Behind what may be under way: that is not touched.
      block.bytes.set(part, block.end);
      block.end += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /**
   * The next bytes to go out; they stay until {@linkcode drop}.
   *
   * @param most At most so many.
   */
  peek(most = LARGEST_WRITE): Uint8Array {
    const { bytes, end } = this.#blocks[0];
    return bytes.subarray(this.#offset, Math.min(end, this.#offset + most));
  }

  /** Takes bytes out that have gone. */
  drop(bytes: number): void {
    this.#size -= bytes;
    while (bytes > 0) {
      const left = this.#blocks[0].end - this.#offset;
      if (bytes < left) {
        this.#offset += bytes;
        return;
      }
      bytes -= left;
      this.#offset = 0;
      this.#leaveFirst();
    }
  }

  /** Drops all. */
  clear(): void {
    this.#blocks = [];
    this.#offset = 0;
    this.#size = 0;
  }

  /** The last block, with room for a byte at least. */
  #blockFor(bytes: number): Block {
    const last = this.#blocks.at(-1);
    if (last && last.end < last.bytes.length) return last;
    if (last && last.bytes.length < LARGEST_WRITE) return this.#grow(last, bytes);
    const block = { bytes: new Uint8Array(capacityFor(Math.max(bytes, SMALLEST_BLOCK))), end: 0 };
    this.#blocks.push(block);
    return block;
  }

  /** Moves a block into a larger buffer. What is under way of it stays where it is, in the old one. */
  #grow(block: Block, bytes: number): Block {
    const start = block === this.#blocks[0] ? this.#offset : 0;
    const left = block.bytes.subarray(start, block.end);
    if (start > 0) this.#offset = 0;
    block.bytes = new Uint8Array(capacityFor(Math.max(2 * block.bytes.length, left.length + bytes)));
    block.bytes.set(left);
    block.end = left.length;
    return block;
  }

  #leaveFirst(): void {
    const [first] = this.#blocks;
    if (this.#blocks.length === 1 && first.bytes.length <= LARGEST_KEPT) first.end = 0;
    else this.#blocks.shift();
  }
}

function capacityFor(bytes: number): number {
  return Math.min(bytes, LARGEST_WRITE);
}
