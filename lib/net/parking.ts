import type { Address } from "../core/address.ts";
import { descriptorFinder } from "../socket/descriptor.ts";
import { type Libc, SOL_SOCKET } from "../socket/libc.ts";
import { dissolve } from "../socket/reset_socket.ts";
import { encodeSockaddr } from "../socket/sockaddr.ts";
import { socketName } from "../socket/socket_kind.ts";
import { mayConnectTo } from "./check_net_permission.ts";
import { type DialOptions, openSocket, pendingError, startConnecting } from "./dial.ts";

/** A connection under way on a socket of Deno's. */
export interface ParkedConnect {
  /** The descriptor of Deno's socket. */
  readonly fd: number;
  /** Resolves when it is connected. */
  readonly conn: Promise<Deno.TcpConn>;
}

/**
 * Has Deno make a socket whose options are set before its SYN to `target`, which Deno itself does not offer: Deno connects
 * to a listener of ours on the loopback that answers nothing; its socket exists then, and waits. connect(2) to no address
 * takes it off there again, options are set, and connect(2) to the target sends the SYN that Deno goes on to wait for. All
 * of this happens before Deno looks at the socket again. What comes of it is Deno's own connection; and since nothing was
 * ever answered, it has measured nothing of the loopback either (a round-trip time of some 20 µs would stay the smallest
 * for minutes, and BBR would go by it). Linux only.
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
    const fd = descriptorFinder().connectingTo(lot.address);
    if (fd === undefined || !dissolve(libc, fd)) {
      abandoned.abort();
      return undefined;
    }
    // ECONNRESET, which giving up the first connect has left: whoever asked next would take it for the second's.
    pendingError(libc, fd);
    startConnecting(libc, fd, options);
    return { fd, conn };
  } catch (error) {
    abandoned.abort();
    throw error;
  } finally {
    libc.close(lot.fd);
  }
}

/** A listener on the loopback that nobody else knows of, and that is deaf; undefined where that cannot be had. */
function openLot(libc: Libc, hostname: string): { fd: number; address: Address } | undefined {
  const fd = openSocket(libc, hostname);
  const address = encodeSockaddr({ hostname, port: 0 }, libc.platform);
  const listens = libc.bind(fd, address, address.length) === 0 && dropAll(libc, fd) && libc.listen(fd, 1) === 0;
  const bound = listens ? socketName(libc, fd) : undefined;
  if (bound && mayConnectTo(bound)) return { fd, address: bound };
  libc.close(fd);
}

const SO_ATTACH_FILTER = 26; // Linux
/** One instruction of BPF (bpf(4)): `BPF_RET | BPF_K` with 0, "take nothing of this packet". */
const TAKE_NOTHING = new Uint8Array([0x06, 0, 0, 0, 0, 0, 0, 0]);

/** Attaches a filter that drops every packet (socket(7)). */
function dropAll(libc: Libc, fd: number): boolean {
  // struct sock_fprog: unsigned short len, then, aligned, a pointer to the instructions
  const program = new Uint8Array(16);
  const view = new DataView(program.buffer);
  view.setUint16(0, 1, true);
  view.setBigUint64(8, Deno.UnsafePointer.value(Deno.UnsafePointer.of(TAKE_NOTHING)), true);
  return libc.setsockopt(fd, SOL_SOCKET[libc.platform], SO_ATTACH_FILTER, program, program.length) === 0;
}
