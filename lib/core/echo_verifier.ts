import { EchoMismatchError, QUOTED_BYTES } from "./errors.ts";

/** 64 KiB: large enough that a copy is one memcpy per read, small enough that a quiet connection holds little. */
const SEGMENT_SIZE = 64 * 1024;

/** Options for {@linkcode EchoVerifier}. */
export interface EchoVerifierOptions {
  /**
   * Whether the bytes are compared, or only counted.
   *
   * @default {true}
   */
  compare?: boolean;
  /**
   * The offset that errors give the first byte.
   *
   * @default {0}
   */
  offset?: number;
}

/**
 * Keeps what was sent until its echo came, and compares the two.
 *
 * What is kept is copied into segments that are used again, so the memory is that of the bytes owed, however small the
 * pieces in which they were sent.
 */
export class EchoVerifier {
  readonly #compare: boolean;
  readonly #offset: number;
  readonly #segments: Uint8Array[] = [];
  #spare: Uint8Array | undefined;
  /** Next byte to compare, in the first segment. */
  #head = 0;
  /** Next byte to write, in the last segment. */
  #tail = SEGMENT_SIZE;
  #sent = 0;
  #echoed = 0;

  /** Makes a verifier that has seen nothing yet. */
  constructor(options: EchoVerifierOptions = {}) {
    this.#compare = options.compare ?? true;
    this.#offset = options.offset ?? 0;
  }

  /** Bytes sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Bytes whose echo came and was right. */
  get echoed(): number {
    return this.#echoed;
  }

  /** Bytes sent whose echo has not come. */
  get owed(): number {
    return this.#sent - this.#echoed;
  }

  /** Takes note of bytes about to be sent. */
  addSent(bytes: Uint8Array): void {
    this.#sent += bytes.length;
    if (!this.#compare) return;
    for (let done = 0; done < bytes.length;) {
      if (this.#tail === SEGMENT_SIZE) {
        this.#segments.push(this.#spare ?? new Uint8Array(SEGMENT_SIZE));
        this.#spare = undefined;
        this.#tail = 0;
      }
      const part = bytes.subarray(done, done + SEGMENT_SIZE - this.#tail);
      this.#segments[this.#segments.length - 1].set(part, this.#tail);
      this.#tail += part.length;
      done += part.length;
    }
  }

  /**
   * Compares bytes that came back with the oldest bytes owed.
   *
   * @throws {EchoMismatchError} at the first byte that differs, or that nobody sent. The verifier is of no use then.
   */
  checkEcho(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      if (this.owed === 0) {
        throw new EchoMismatchError(
          this.#offset + this.#echoed,
          new Uint8Array(),
          bytes.slice(done, done + QUOTED_BYTES),
        );
      }
      const length = Math.min(bytes.length - done, this.#compare ? this.#firstLength() : this.owed);
      if (this.#compare) this.#compareSegment(bytes.subarray(done, done + length));
      this.#echoed += length;
      done += length;
    }
  }

  /** Bytes kept in the first segment. */
  #firstLength(): number {
    return (this.#segments.length === 1 ? this.#tail : SEGMENT_SIZE) - this.#head;
  }

  #compareSegment(actual: Uint8Array): void {
    const expected = this.#segments[0].subarray(this.#head, this.#head + actual.length);
    const differs = firstDifference(expected, actual);
    if (differs >= 0) {
      this.#echoed += differs;
      throw new EchoMismatchError(
        this.#offset + this.#echoed,
        expected.slice(differs, differs + QUOTED_BYTES),
        actual.slice(differs, differs + QUOTED_BYTES),
      );
    }
    this.#head += actual.length;
    if (this.#head === SEGMENT_SIZE) {
      this.#spare = this.#segments.shift();
      this.#head = 0;
    } else if (this.#segments.length === 1 && this.#head === this.#tail) {
      // Empty: begin again at the front, so that a ping-pong never touches a second segment.
      this.#head = this.#tail = 0;
    }
  }
}

/**
 * The first index at which two arrays of the same length differ, or -1.
 *
 * Four bytes at a time, which is two to four times as fast as a byte loop.
 */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const viewA = new DataView(a.buffer, a.byteOffset, a.length);
  const viewB = new DataView(b.buffer, b.byteOffset, a.length);
  let i = 0;
  while (i + 4 <= a.length && viewA.getInt32(i) === viewB.getInt32(i)) i += 4;
  while (i < a.length && a[i] === b[i]) i++;
  return i === a.length ? -1 : i;
}
