/** Bytes of the probe's number, at the front of its payload. */
const NUMBER_BYTES = 8;
/** The largest prime below 256: bytes that were moved by a power of two do not match. */
const PERIOD = 251;

/**
 * Makes the payload of one probe after the other in the same buffer: the probe's number in 8 bytes, big-endian, then a
 * pattern. A payload of fewer bytes than 8 is the pattern alone.
 */
export class PingPayload {
  /** The payload of the probe numbered last. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** @param size Bytes, at least 1. */
  constructor(size: number) {
    this.bytes = new Uint8Array(size).map((_, i) => i % PERIOD);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Makes it the payload of this probe. */
  number(seq: number): void {
    if (this.bytes.length >= NUMBER_BYTES) this.#view.setBigUint64(0, BigInt(seq));
  }
}
