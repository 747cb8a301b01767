/**
 * Payloads of tests: the same on every run.
 *
 * @module
 */

/** Numbers from 0 (included) to `below` (excluded), always the same ones for a seed. */
export type Random = (below: number) => number;

/** A generator of numbers (mulberry32), seeded: what fails once fails again. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Bytes without a pattern, so that a piece lost, doubled or out of order shows. */
export function randomBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  // xorshift32, four bytes at a step: megabytes in milliseconds.
  let state = (seed * 0x9e3779b9) >>> 0 || 1;
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (i % 4 === 0 && i + 4 <= length) {
      view.setUint32(i, state >>> 0);
      i += 3;
    } else bytes[i] = state & 0xff;
  }
  return bytes;
}

/** SHA-256 in hexadecimal: compares megabytes with one line of output. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // Deno takes a view of any buffer; the type allows for ArrayBuffer only.
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}

/** The pieces as one array. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
