/**
 * Sockets made through the C library, for what Deno cannot do: connect from a chosen port, end with RST, have the addresses
 * of another socket.
 *
 * @module
 */
import type { Address } from "../../lib/core/address.ts";
import { openLibc } from "../../lib/socket/libc.ts";
import { resetSocket } from "../../lib/socket/reset_socket.ts";
import { encodeSockaddr, socketFamily } from "../../lib/socket/sockaddr.ts";

/** A socket of the C library; disposing of it closes it. */
export interface RawSocket extends Disposable {
  readonly fd: number;
  /** Ends it with RST, so that no TIME_WAIT is in the way of the next with its addresses. */
  reset(): void;
}

/**
 * Connects a socket that blocks, to a listener on loopback, which answers at once.
 *
 * @param from The address and port to connect from.
 * @param type SOCK_STREAM, or 2 for UDP.
 */
export function rawConnect(from: Address, to: Address, type = 1): RawSocket {
  const libc = openLibc();
  const fd = libc.socket(socketFamily(from.hostname, libc.platform), type, 0);
  const check = (result: number, call: string) => {
    if (result === 0) return;
    const errno = libc.errno();
    libc.close(fd);
    throw new Error(`${call} failed: errno ${errno}`);
  };
  for (const [call, address] of [["bind", from], ["connect", to]] as const) {
    const bytes = encodeSockaddr(address, libc.platform);
    check(libc[call](fd, bytes, bytes.length), call);
  }
  return {
    fd,
    reset: () => void resetSocket(fd),
    [Symbol.dispose]: () => void libc.close(fd),
  };
}
