/** The bytes that both directions of a scenario carry: each is its offset modulo 251, a prime, so that a cut shows. */
export function pattern(at: number, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = (at + i) % 251;
  return bytes;
}

/** Whether these are the bytes from that offset on. */
export function follows(bytes: Uint8Array, at: number): boolean {
  return bytes.every((byte, i) => byte === (at + i) % 251);
}
