import { type Libc, openLibc } from "./libc.ts";
import { socketOptionRow } from "./options.ts";

const [TCP, TCP_QUICKACK] = socketOptionRow("quickAck").constants.linux!.any;
const ON = new Uint8Array([1, 0, 0, 0]);

let libc: Libc | undefined;

/**
 * Sets TCP_QUICKACK again, which the kernel leaves by itself (tcp(7)): the cheapest way, for after each read. A socket that
 * is gone by now is for the next read or write to tell.
 */
export function rearmQuickAck(fd: number): void {
  libc ??= openLibc();
  libc.setsockopt(fd, TCP, TCP_QUICKACK, ON, 4);
}
