import { type Libc, openLibc } from "./libc.ts";

/** A socket address of no family (AF_UNSPEC), and of the length that every kind of socket takes. */
const NOWHERE = new Uint8Array(28);

/**
 * Takes a socket off its peer, by connect(2) to no address: with RST where they were connected. It keeps its descriptor
 * and can be connected again. Linux only.
 *
 * @returns Whether the kernel did it.
 */
export function dissolve(libc: Libc, fd: number): boolean {
  return libc.platform === "linux" && libc.connect(fd, NOWHERE, NOWHERE.length) === 0;
}

/**
 * Ends a connection with RST, its unsent data dropped, and leaves the descriptor to be closed. Linux only.
 *
 * @returns Whether the kernel did it.
 */
export function resetSocket(fd: number): boolean {
  return dissolve(openLibc(), fd);
}
