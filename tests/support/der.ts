/**
 * What of DER (ITU-T X.690) a certificate is made of: each function gives a value's bytes, tag and length included.
 *
 * @module
 */
import { concat } from "./bytes.ts";

/** Bytes that Web Crypto takes as well. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A value of any tag. */
export function tagged(tag: number, ...contents: Uint8Array[]): Bytes {
  const content = concat(contents);
  return concat([new Uint8Array([tag, ...lengthOf(content.length)]), content]);
}

/** SEQUENCE. */
export function sequence(...items: Uint8Array[]): Bytes {
  return tagged(0x30, ...items);
}

/** SET of one. */
export function set(item: Uint8Array): Bytes {
  return tagged(0x31, item);
}

/** INTEGER, positive: of the bytes of a number, the highest first. */
export function integer(bytes: Uint8Array): Bytes {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? new Uint8Array(1) : bytes.subarray(start);
  // A high bit would make it negative.
  return tagged(0x02, new Uint8Array(digits[0] > 0x7f ? 1 : 0), digits);
}

/** BOOLEAN, true. */
export function yes(): Bytes {
  return tagged(0x01, new Uint8Array([0xff]));
}

/** OBJECT IDENTIFIER, of its text. */
export function oid(text: string): Bytes {
  const [first, second, ...others] = text.split(".").map(Number);
  return tagged(0x06, new Uint8Array([40 * first + second, ...others.flatMap(base128)]));
}

/** UTF8String. */
export function utf8(text: string): Bytes {
  return tagged(0x0c, new TextEncoder().encode(text));
}

/** OCTET STRING. */
export function octets(bytes: Uint8Array): Bytes {
  return tagged(0x04, bytes);
}

/** BIT STRING; the last byte's lowest bits may be unused. */
export function bits(bytes: Uint8Array, unused = 0): Bytes {
  return tagged(0x03, new Uint8Array([unused]), bytes);
}

/** UTCTime, which certificates use until 2049: two digits of the year. */
export function time(date: Date): Bytes {
  const digits = date.toISOString().slice(2).replace(/\.\d+Z$/, "Z").replace(/[-:T]/g, "");
  return tagged(0x17, new TextEncoder().encode(digits));
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}
