/**
 * Bytes that an engine is given at a time: three records, what it takes in one turn. More would wait in a copy of it while
 * the peer does not read.
 */
const LARGE = 48 * 1024;
/** The same where the engines of this thread have {@linkcode MOST} already. */
const SMALL = 4 * 1024;
/** Bytes that the engines of a thread have at a time in large pieces. */
const MOST = 32 * 1024 * 1024;

/** Bytes that the engines of this thread were given and that are not out. */
let underWay = 0;

/**
 * How much of a write the engine of a connection is given at a time. It keeps that while the peer does not read, outside of
 * all pools: of 48 KiB pieces at most 32 MiB are under way in a thread, beyond that they have 4 KiB.
 */
export class WriteShare {
  #taken = 0;

  /**
   * Begins the next piece; the one before it is out.
   *
   * @param left Bytes that are left of the write.
   * @returns Bytes of the piece.
   */
  take(left: number): number {
    this.release();
    const largest = underWay + LARGE > MOST ? SMALL : LARGE;
    this.#taken = Math.min(left, largest);
    underWay += this.#taken;
    return this.#taken;
  }

  /** The write has ended. */
  release(): void {
    underWay -= this.#taken;
    this.#taken = 0;
  }
}
