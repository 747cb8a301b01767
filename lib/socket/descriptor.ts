import type { Address } from "../core/address.ts";
import { type Libc, openLibc, SOL_SOCKET } from "./libc.ts";
import { decodeSockaddr, type IpBytes, isMapped, parseIp, SOCKADDR_LENGTH } from "./sockaddr.ts";
import type { SocketPlatform } from "./option_row.ts";
import { isListening } from "./socket_kind.ts";

/** Descriptors in a row that are closed, after which none above is expected to be open. */
const LONGEST_GAP = 16_384;

const SO_REUSEPORT: Record<SocketPlatform, number> = { linux: 15, darwin: 0x200, windows: 0 };
const SO_TYPE: Record<SocketPlatform, number> = { linux: 3, darwin: 0x1008, windows: 0x1008 };
const SOCK_STREAM = 1;
const SO_COOKIE = 57; // Linux
const SO_PEERNAME = 28; // Linux
const TCP_INFO = 11; // Linux
const SYN_SENT = 2; // Linux, in TCP_INFO
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;

/** An end of a socket as the kernel's bytes have it. */
interface End {
  readonly ip: IpBytes;
  readonly port: number;
}

/** What tells a socket from every other of this process. */
interface Identity {
  /** The address bound. */
  readonly local: End;
  /** The peer's; undefined for a listener. */
  readonly remote: End | undefined;
}

/**
 * Finds the descriptor behind Deno's sockets, which Deno does not tell, by asking the kernel for the addresses of this
 * process's descriptors: the pair of a connection's addresses is unique. What is found is checked before each later use by
 * the socket's cookie, which the kernel never gives twice.
 */
export class DescriptorFinder {
  readonly #libc: Libc;
  readonly #found = new WeakMap<object, { fd: number; cookie: bigint }>();
  readonly #address = new Uint8Array(SOCKADDR_LENGTH);
  readonly #length = new Uint32Array(1);
  readonly #lengthBytes = new Uint8Array(this.#length.buffer);
  readonly #value = new Uint8Array(8);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /**
   * The descriptor of a connection; undefined if it has none any more (closed) or none that can be told (reset by the
   * peer, not connected yet).
   */
  connection(conn: { readonly localAddr: Address; readonly remoteAddr: Address }): number | undefined {
    return this.#known(conn, () => this.#search(conn, conn.localAddr, conn.remoteAddr));
  }

  /**
   * The descriptor of a listener; undefined if it is closed, or if several sockets of this process share its port
   * (SO_REUSEPORT) and `isMeant` does not say which of them is meant.
   */
  listener(listener: { readonly addr: Address }, isMeant?: (fd: number) => boolean): number | undefined {
    return this.#known(listener, () => this.#searchListener(listener.addr, isMeant));
  }

  /** The descriptor of a socket that connects to an address which nobody else connects to. Linux only. */
  connectingTo(peer: Address): number | undefined {
    const remote = endOf(peer)!;
    for (const fd of this.#candidates()) {
      // A connection that was reset keeps its peer's name, whose port may be another's by now.
      if (this.#isPeerName(fd, remote) && this.#tcpState(fd) === SYN_SENT) return fd;
    }
  }

  /** Remembers a descriptor that was found in another way. */
  remember(key: object, fd: number): void {
    const cookie = this.#cookie(fd);
    if (cookie !== 0n) this.#found.set(key, { fd, cookie });
  }

  #known(key: object, search: () => number | undefined): number | undefined {
    const entry = this.#found.get(key);
    // A socket keeps its descriptor until it is closed: what has its addresses after that is another one.
    if (entry) return this.#cookie(entry.fd) === entry.cookie ? entry.fd : undefined;
    const fd = search();
    // Without cookies (macOS) every use searches again.
    if (fd !== undefined) this.remember(key, fd);
    return fd;
  }

  #search(conn: object, localAddr: Address, remoteAddr: Address): number | undefined {
    const local = endOf(localAddr);
    const remote = endOf(remoteAddr);
    if (!local || !remote) return undefined;
    const wanted = { local, remote };
    const hint = hintOf(conn);
    if (hint !== undefined && this.#is(hint, wanted)) return hint;
    for (const fd of this.#candidates()) {
      if (this.#is(fd, wanted)) return this.#answers(conn, fd) ? fd : undefined;
    }
  }

  /**
   * Whether what Deno sets on a connection is seen on a descriptor: the addresses of a connection that was reset, and not
   * closed yet, may be another one's by now.
   */
  #answers(conn: { setNoDelay?: (noDelay: boolean) => void }, fd: number): boolean {
    if (typeof conn.setNoDelay !== "function") return true; // TLS
    const noDelay = this.#isNoDelay(fd);
    try {
      conn.setNoDelay(!noDelay);
    } catch (error) {
      // Deno does not set it while a write is under way: that connection was not reset, nor closed.
      return !(error instanceof Deno.errors.BadResource) && (error as { code?: string }).code === undefined;
    }
    const answers = this.#isNoDelay(fd) !== noDelay;
    conn.setNoDelay(noDelay);
    return answers;
  }

  #isNoDelay(fd: number): boolean {
    return this.#int(fd, TCP_NODELAY, IPPROTO_TCP) !== 0;
  }

  #searchListener(address: Address, isMeant: (fd: number) => boolean = () => true): number | undefined {
    const found = this.#listeners(address).filter(isMeant);
    const [first, second] = found;
    if (second === undefined) return first;
    // Two descriptors of one socket (dup) are as good as one, where that can be told.
    const cookie = this.#cookie(first);
    return cookie !== 0n && found.every((fd) => this.#cookie(fd) === cookie) ? first : undefined;
  }

  #listeners(address: Address): number[] {
    const local = endOf(address);
    if (!local) return [];
    const wanted = { local, remote: undefined };
    const found: number[] = [];
    for (const fd of this.#candidates()) {
      if (!this.#is(fd, wanted)) continue;
      found.push(fd);
      if (this.#int(fd, SO_REUSEPORT[this.#libc.platform]) === 0) break;
    }
    return found;
  }

  /** Every descriptor that may be open: down from the lowest free one, where a new socket sits, then up from it. */
  *#candidates(): Generator<number> {
    const lowestFree = this.#libc.dup(0);
    const start = lowestFree < 0 ? LONGEST_GAP : lowestFree;
    if (lowestFree >= 0) this.#libc.close(lowestFree);
    for (let fd = start; fd >= 0; fd--) yield fd;
    for (let fd = start + 1, gap = 0; gap < LONGEST_GAP; fd++) {
      gap = this.#isOpenSocket(fd) ? 0 : gap + 1;
      if (gap === 0) yield fd;
    }
  }

  #isOpenSocket(fd: number): boolean {
    return this.#name("getsockname", fd);
  }

  /**
   * Whether a descriptor is the socket wanted, and was one and the same socket all the while it was asked. A UDP socket may
   * have the same addresses.
   */
  #is(fd: number, { local, remote }: Identity): boolean {
    if (!this.#hasEnd("getsockname", fd, local)) return false;
    const cookie = this.#cookie(fd);
    const matches = remote === undefined
      ? isListening(this.#libc, fd)
      : this.#hasEnd("getpeername", fd, remote) && this.#int(fd, SO_TYPE[this.#libc.platform]) === SOCK_STREAM;
    return matches && this.#hasEnd("getsockname", fd, local) && this.#cookie(fd) === cookie;
  }

  #hasEnd(call: "getsockname" | "getpeername", fd: number, wanted: End): boolean {
    return this.#name(call, fd) && this.#holds(wanted);
  }

  /** Whether the address that was got last is that. */
  #holds(wanted: End): boolean {
    // The port first: that is all it takes for most of thousands of descriptors.
    if ((this.#address[2] << 8 | this.#address[3]) !== wanted.port) return false;
    const end = decodeSockaddr(this.#address, this.#libc.platform);
    return end !== undefined && end.ip.every((byte, i) => byte === wanted.ip[i]);
  }

  /** The first byte of TCP_INFO. */
  #tcpState(fd: number): number | undefined {
    return this.#option(fd, TCP_INFO, 1, IPPROTO_TCP) ? this.#value[0] : undefined;
  }

  /** Whether SO_PEERNAME, which tells the peer's address before there is a connection, is that. */
  #isPeerName(fd: number, wanted: End): boolean {
    // The kernel takes no longer a buffer than the address is.
    const length = isMapped(wanted.ip) ? 16 : SOCKADDR_LENGTH;
    this.#length[0] = length;
    const got = this.#libc.getsockopt(fd, SOL_SOCKET.linux, SO_PEERNAME, this.#address, this.#lengthBytes) === 0;
    return got && this.#holds(wanted);
  }

  #name(call: "getsockname" | "getpeername", fd: number): boolean {
    this.#length[0] = SOCKADDR_LENGTH;
    return this.#libc[call](fd, this.#address, this.#lengthBytes) === 0;
  }

  /** The socket's cookie; 0 where there are none (macOS, Linux before 4.12), or no socket. */
  #cookie(fd: number): bigint {
    if (this.#libc.platform !== "linux") return 0n;
    return this.#option(fd, SO_COOKIE, 8) ? new DataView(this.#value.buffer).getBigUint64(0, true) : 0n;
  }

  #int(fd: number, name: number, level?: number): number | undefined {
    return this.#option(fd, name, 4, level) ? new DataView(this.#value.buffer).getInt32(0, true) : undefined;
  }

  #option(fd: number, name: number, length: number, level = SOL_SOCKET[this.#libc.platform]): boolean {
    this.#length[0] = length;
    return this.#libc.getsockopt(fd, level, name, this.#value, this.#lengthBytes) === 0;
  }
}

let shared: DescriptorFinder | undefined;

/** The finder of this thread. */
export function descriptorFinder(): DescriptorFinder {
  return shared ??= new DescriptorFinder(openLibc());
}

function endOf({ hostname, port }: Address): End | undefined {
  // Deno's Unix sockets have a path instead.
  const ip = typeof hostname === "string" ? parseIp(hostname) : undefined;
  return ip && { ip, port };
}

/** Deno's own note of the descriptor, on accepted connections (since 2.2.3). It goes stale: a hint, never the answer. */
function hintOf(conn: object): number | undefined {
  const symbol = Object.getOwnPropertySymbols(conn).find((symbol) => symbol.description === "Deno.internal.fd");
  const fd = symbol && (conn as Record<symbol, unknown>)[symbol];
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}
