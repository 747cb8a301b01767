import type { Address } from "../core/address.ts";
import { type Libc, openLibc, SOL_SOCKET } from "./libc.ts";
import { decodeSockaddr, type IpBytes, parseIp, SOCKADDR_LENGTH } from "./sockaddr.ts";
import type { SocketPlatform } from "./option_row.ts";
import { isListening } from "./socket_kind.ts";

/** Descriptors in a row that are closed, after which none above is expected to be open. */
const LONGEST_GAP = 16_384;

const SO_REUSEPORT: Record<SocketPlatform, number> = { linux: 15, darwin: 0x200, windows: 0 };
const SO_COOKIE = 57; // Linux

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
  readonly #value = new Uint8Array(8);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /**
   * The descriptor of a connection; undefined if it has none any more (closed) or none that can be told (reset by the
   * peer, not connected yet).
   */
  connection(conn: { readonly localAddr: Address; readonly remoteAddr: Address }): number | undefined {
    return this.#remembered(conn) ?? this.#remember(conn, this.#search(conn, conn.localAddr, conn.remoteAddr));
  }

  /**
   * The descriptor of a listener; undefined if it is closed, or if several sockets of this process share its port
   * (SO_REUSEPORT) and `before` does not say which were there before it.
   */
  listener(listener: { readonly addr: Address }, before?: ReadonlySet<bigint>): number | undefined {
    return this.#remembered(listener) ?? this.#remember(listener, this.#searchListener(listener.addr, before));
  }

  /** The cookies of the sockets that listen on an address. */
  listening(address: Address): Set<bigint> {
    return new Set(this.#listeners(address).map((fd) => this.#cookie(fd)));
  }

  #remembered(key: object): number | undefined {
    const entry = this.#found.get(key);
    if (entry && this.#cookie(entry.fd) === entry.cookie && entry.cookie !== 0n) return entry.fd;
  }

  #remember(key: object, fd: number | undefined): number | undefined {
    // Without cookies (macOS) every use searches again.
    if (fd !== undefined) this.#found.set(key, { fd, cookie: this.#cookie(fd) });
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
      if (this.#is(fd, wanted)) return fd;
    }
  }

  #searchListener(address: Address, before: ReadonlySet<bigint> | undefined): number | undefined {
    const found = this.#listeners(address).filter((fd) => !before?.has(this.#cookie(fd)));
    const [first, second] = found;
    // Two descriptors of one socket (dup) are as good as one.
    if (second !== undefined && found.some((fd) => this.#cookie(fd) !== this.#cookie(first))) return undefined;
    return first;
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
    return this.#name("getsockname", fd) !== undefined;
  }

  /** Whether a descriptor is the socket wanted, and was one and the same socket all the while it was asked. */
  #is(fd: number, { local, remote }: Identity): boolean {
    if (!isEnd(this.#name("getsockname", fd), local)) return false;
    const cookie = this.#cookie(fd);
    const matches = remote === undefined ? isListening(this.#libc, fd) : isEnd(this.#name("getpeername", fd), remote);
    return matches && isEnd(this.#name("getsockname", fd), local) && this.#cookie(fd) === cookie;
  }

  #name(call: "getsockname" | "getpeername", fd: number): End | undefined {
    this.#length[0] = SOCKADDR_LENGTH;
    const failed = this.#libc[call](fd, this.#address, new Uint8Array(this.#length.buffer)) < 0;
    return failed ? undefined : decodeSockaddr(this.#address, this.#libc.platform);
  }

  #cookie(fd: number): bigint {
    if (this.#libc.platform !== "linux") return 0n;
    return this.#option(fd, SO_COOKIE, 8) ? new DataView(this.#value.buffer).getBigUint64(0, true) : -1n;
  }

  #int(fd: number, name: number): number | undefined {
    return this.#option(fd, name, 4) ? new DataView(this.#value.buffer).getInt32(0, true) : undefined;
  }

  #option(fd: number, name: number, length: number): boolean {
    this.#length[0] = length;
    const level = SOL_SOCKET[this.#libc.platform];
    return this.#libc.getsockopt(fd, level, name, this.#value, new Uint8Array(this.#length.buffer)) === 0;
  }
}

let shared: DescriptorFinder | undefined;

/** The finder of this thread. */
export function descriptorFinder(): DescriptorFinder {
  return shared ??= new DescriptorFinder(openLibc());
}

function endOf({ hostname, port }: Address): End | undefined {
  const ip = parseIp(hostname);
  return ip && { ip, port };
}

function isEnd(end: End | undefined, wanted: End): boolean {
  return end !== undefined && end.port === wanted.port && end.ip.every((byte, i) => byte === wanted.ip[i]);
}

/** Deno's own note of the descriptor, on accepted connections (since 2.2.3). It goes stale: a hint, never the answer. */
function hintOf(conn: object): number | undefined {
  const symbol = Object.getOwnPropertySymbols(conn).find((symbol) => symbol.description === "Deno.internal.fd");
  const fd = symbol && (conn as Record<symbol, unknown>)[symbol];
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}
