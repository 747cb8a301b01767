import type { Libc } from "./libc.ts";

const AF_INET = 2;
const SOCK_STREAM = 1;
/** Linux: no program that is started meanwhile gets the socket. */
const SOCK_CLOEXEC = 0o2000000;

/**
 * A TCP socket that is connected to nothing, to try on what the kernel can do. Close it with `libc.close()`.
 *
 * @returns Its descriptor; -1 where there is none to be had: `libc.errno()` says why.
 */
export function scratchSocket(libc: Libc): number {
  return libc.socket(AF_INET, SOCK_STREAM | (libc.platform === "linux" ? SOCK_CLOEXEC : 0), 0);
}
