import { openLibc } from "./libc.ts";

/** A socket address of no family (AF_UNSPEC), and of the length that every kind of socket takes. */
const NOWHERE = new Uint8Array(28);

/**
 * Ends a connection with RST, its unsent data dropped, and leaves the descriptor to be closed: connect(2) to no address
 * dissolves the association. Linux only.
 *
 * @returns Whether the kernel did it.
 */
export function resetSocket(fd: number): boolean {
  const libc = openLibc();
  return libc.platform === "linux" && libc.connect(fd, NOWHERE, NOWHERE.length) === 0;
}
