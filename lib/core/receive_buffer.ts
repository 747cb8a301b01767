import { BufferPool } from "./buffer_pool.ts";
import { RECEIVE_SIZES, ReceiveSize } from "./receive_size.ts";

/** Bytes of each of the two large sizes that may be in use: what any number of peers can make a thread hold is bounded. */
const LARGE_LIMIT = 128 * 1024 * 1024;

/** One for each size. */
const pools = RECEIVE_SIZES.map((size, step) => new BufferPool(size, step < 2 ? Infinity : LARGE_LIMIT));

/** Bytes of all receive buffers that are in use in this thread. */
export function receiveBytesInUse(): number {
  return pools.reduce((sum, pool) => sum + pool.taken, 0);
}

/**
 * What a connection reads into: small at rest, grown under load and shrunk again ({@linkcode ReceiveSize}), from a pool
 * that all connections of a thread share. Of the two large sizes, 64 KiB and 256 KiB, at most 128 MiB each are in use;
 * beyond that a connection stays with the size it has. One that falls silent under load keeps what it was reading into.
 */
export class ReceiveBuffer {
  readonly #size = new ReceiveSize();
  /** What to read into. */
  bytes: Uint8Array<ArrayBuffer> = pools[0].take()!;
  #filled: Uint8Array<ArrayBuffer> = this.bytes;

  /** The bytes that a read has brought. The same view as the last time where there are as many: an echo allocates none. */
  filled(bytesRead: number): Uint8Array<ArrayBuffer> {
    if (this.#filled.length !== bytesRead) this.#filled = this.bytes.subarray(0, bytesRead);
    return this.#filled;
  }

  /** Notes what a read has brought, once that is used up: `bytes` may be another buffer afterwards. */
  adapt(bytesRead: number): void {
    const before = this.#size.step;
    if (!this.#size.record(bytesRead)) return;
    const next = pools[this.#size.step].take();
    if (!next) return this.#size.stay(before);
    pools[before].give(this.bytes);
    this.#filled = this.bytes = next;
  }

  /** Gives the buffer back. Nothing may be reading into it any more. */
  release(): void {
    pools[this.#size.step].give(this.bytes);
  }
}
