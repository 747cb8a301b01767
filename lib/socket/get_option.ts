import type { Libc } from "./libc.ts";

/**
 * The bytes that getsockopt(2) gives.
 *
 * @param most Bytes that are taken at most; as many come as the kernel has.
 * @returns undefined where it refuses: `libc.errno()` says why.
 */
export function getOption(libc: Libc, fd: number, level: number, name: number, most: number): Uint8Array | undefined {
  const bytes = new Uint8Array(most);
  const length = new Uint32Array([most]);
  if (libc.getsockopt(fd, level, name, bytes, new Uint8Array(length.buffer)) < 0) return undefined;
  return bytes.subarray(0, length[0]);
}
