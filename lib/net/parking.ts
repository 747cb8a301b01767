import { type Address, formatAddress } from "../core/address.ts";
import { descriptorFinder } from "../socket/descriptor.ts";
import type { Libc } from "../socket/libc.ts";
import { encodeSockaddr } from "../socket/sockaddr.ts";
import { socketName } from "../socket/socket_kind.ts";
import { type DialOptions, openSocket, startConnecting, untilConnected } from "./dial.ts";

/** A socket address of no family (AF_UNSPEC): connecting to it dissolves a connection. */
const NOWHERE = new Uint8Array(28);

/** A connection under way on a socket of Deno's. */
export interface ParkedConnect {
  /** The descriptor of Deno's socket. */
  readonly fd: number;
  /** Resolves when it is connected. */
  readonly conn: Promise<Deno.TcpConn>;
}

/**
 * Has Deno make a socket whose options are set before its SYN to `target`, which Deno itself does not offer: Deno connects
 * to a listener of ours on the loopback, in which moment its socket exists; connect(2) to no address takes it off there
 * again, options are set, and connect(2) to the target sends the SYN that Deno goes on to wait for. All of this happens
 * before Deno looks at the socket again. What comes of it is Deno's own connection in every respect. Linux only.
 *
 * (The other way, to hand a socket of our own to node:net, costs what node:net costs, and Deno's fails a write that waits
 * when the peer sends FIN: 20 of 20 here, Deno 2.9.6.)
 *
 * @returns undefined where there is no loopback to be used, or Deno does not make the socket in the call.
 * @throws {SocketOptionError} if an option or the source is not taken; nothing is sent then.
 * @throws {SystemError} if it cannot be connected.
 */
export function connectParked(libc: Libc, options: DialOptions): ParkedConnect | undefined {
  const lot = openLot(libc, options.target.hostname.includes(":") ? "::1" : "127.0.0.1");
  if (!lot) return undefined;
  const abandoned = new AbortController();
  const signal = AbortSignal.any([options.signal, abandoned.signal]);
  try {
    const conn = Deno.connect({ ...lot.address, signal });
    // Whoever awaits it is told as well.
    conn.catch(() => {});
    const fd = descriptorFinder().connectedTo(lot.address);
    if (fd === undefined || libc.connect(fd, NOWHERE, NOWHERE.length) < 0) {
      abandoned.abort();
      return undefined;
    }
    startConnecting(libc, fd, options);
    return { fd, conn };
  } catch (error) {
    abandoned.abort();
    throw error;
  } finally {
    libc.close(lot.fd);
  }
}

/**
 * The same for TCP Fast Open, with which connect(2) may succeed before anything is sent: Deno would ask for the peer's
 * address then, and fail. So Deno's connection is complete, to our listener, before its socket is taken over.
 */
export async function connectParkedFirst(libc: Libc, options: DialOptions): Promise<ParkedConnect | undefined> {
  const lot = openLot(libc, options.target.hostname.includes(":") ? "::1" : "127.0.0.1");
  if (!lot) return undefined;
  let conn: Deno.TcpConn | undefined;
  try {
    conn = await Deno.connect({ ...lot.address, signal: options.signal });
    const fd = descriptorFinder().connectedTo(lot.address);
    if (fd === undefined || libc.connect(fd, NOWHERE, NOWHERE.length) < 0) {
      conn.close();
      return undefined;
    }
    startConnecting(libc, fd, options);
    await untilConnected(libc, fd, options.signal);
    return { fd, conn: Promise.resolve(conn) };
  } catch (error) {
    conn?.close();
    throw error;
  } finally {
    libc.close(lot.fd);
  }
}

/** A listener on the loopback that nobody else knows of; undefined where that cannot be had. */
function openLot(libc: Libc, hostname: string): { fd: number; address: Address } | undefined {
  const fd = openSocket(libc, hostname);
  const address = encodeSockaddr({ hostname, port: 0 }, libc.platform);
  const listens = libc.bind(fd, address, address.length) === 0 && libc.listen(fd, 1) === 0;
  const bound = listens ? socketName(libc, fd) : undefined;
  const mayConnect = bound !== undefined &&
    Deno.permissions.querySync({ name: "net", host: formatAddress(bound) }).state === "granted";
  if (mayConnect) return { fd, address: bound };
  libc.close(fd);
}
