import { type Address, formatAddress } from "../core/address.ts";
import { errnoName } from "../socket/errno.ts";
import { type Libc, SOL_SOCKET } from "../socket/libc.ts";
import { encodeSockaddr, parseIp } from "../socket/sockaddr.ts";
import { openSocket, zoneOf } from "./dial.ts";

const SO_REUSEPORT = 15; // Linux, where Deno has it

/**
 * Binds an address without SO_REUSEADDR, which Deno always sets, and lets it go again: the only way to learn that old
 * connections of the port are still in TIME_WAIT (socket(7)).
 *
 * @param reusePort Whether it is to be shared with others that share it.
 * @throws {Deno.errors.AddrInUse} if the address cannot be had without it.
 */
export function checkBindable(libc: Libc, { hostname, port }: Address, reusePort = false): void {
  if (port === 0) return; // the kernel gives a port that is free
  const address = { hostname: parseIp(hostname) ? hostname : lookUp(hostname), port };
  const fd = openSocket(libc, address.hostname);
  try {
    if (reusePort) libc.setsockopt(fd, SOL_SOCKET[libc.platform], SO_REUSEPORT, new Uint8Array([1, 0, 0, 0]), 4);
    const bytes = encodeSockaddr(address, libc.platform, zoneOf(libc, address.hostname));
    if (libc.bind(fd, bytes, bytes.length) === 0) return;
    const error = errnoName(libc.errno(), libc.platform);
    // Whatever else is wrong with the address, listening on it tells.
    if (error !== "EADDRINUSE") return;
    throw new Deno.errors.AddrInUse(
      `cannot listen on ${formatAddress(address)}: address in use, or its old connections are in TIME_WAIT and ` +
        "reuseAddress is off",
    );
  } finally {
    libc.close(fd);
  }
}

/** The address that Deno takes for a name. */
function lookUp(hostname: string): string {
  using listener = Deno.listen({ hostname, port: 0 });
  return listener.addr.hostname;
}
