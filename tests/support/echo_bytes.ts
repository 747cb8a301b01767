import type { Random } from "./bytes.ts";

/** Cuts bytes into pieces of random length, `longest` at most. */
export function cut(bytes: Uint8Array<ArrayBuffer>, random: Random, longest: number): Uint8Array<ArrayBuffer>[] {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random(longest);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Fails at the first byte that differs: `assertEquals` would print megabytes. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what = "bytes"): void {
  if (actual.length !== expected.length) throw new Error(`${what}: ${actual.length} bytes, not ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) throw new Error(`${what}: byte ${i} is ${actual[i]}, not ${expected[i]}`);
  }
}
