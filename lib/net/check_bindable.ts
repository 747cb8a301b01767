import { type Address, formatAddress } from "../core/address.ts";
import { errnoName } from "../socket/errno.ts";
import type { Libc } from "../socket/libc.ts";
import { encodeSockaddr, parseIp } from "../socket/sockaddr.ts";
import { openSocket } from "./dial.ts";

/**
 * Binds an address without SO_REUSEADDR, which Deno always sets, and lets it go again: the only way to learn that old
 * connections of the port are still in TIME_WAIT (socket(7)).
 *
 * @throws {Deno.errors.AddrInUse} if the address cannot be had without it.
 */
export function checkBindable(libc: Libc, { hostname, port }: Address): void {
  if (port === 0) return; // the kernel gives a port that is free
  const address = { hostname: parseIp(hostname) ? hostname : lookUp(hostname), port };
  const fd = openSocket(libc, address.hostname);
  try {
    const bytes = encodeSockaddr(address, libc.platform);
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
