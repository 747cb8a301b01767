/**
 * A kernel in memory behind the {@linkcode Libc} interface: it notes what is set, and refuses what it is told to refuse.
 *
 * @module
 */
import type { Address } from "../../lib/core/address.ts";
import { type Libc, SOL_SOCKET } from "../../lib/socket/libc.ts";
import type { SocketPlatform } from "../../lib/socket/option_row.ts";
import { encodeSockaddr } from "../../lib/socket/sockaddr.ts";

/** A socket of the fake kernel. */
export interface FakeSocket {
  /** Its own address; `::ffff:127.0.0.1` makes it an IPv6 socket. */
  local: Address;
  /** The peer's; undefined where it is not connected, or was reset. */
  remote?: Address;
  listening?: boolean;
  /** SO_TYPE; 1, a stream, where it is left out. */
  type?: number;
  /** SO_COOKIE; a kernel without cookies has 0n, which it refuses to tell. */
  cookie?: bigint;
}

/** One setsockopt(2). */
export interface FakeCall {
  fd: number;
  level: number;
  name: number;
  value: number[];
}

const EBADF = 9;
const ENOSYS = 38;
const ENOTCONN: Record<SocketPlatform, number> = { linux: 107, darwin: 57, windows: 57 };
const ENOPROTOOPT: Record<SocketPlatform, number> = { linux: 92, darwin: 42, windows: 42 };
const SO_TYPE: Record<SocketPlatform, number> = { linux: 3, darwin: 0x1008, windows: 0x1008 };
const SO_ACCEPTCONN: Record<SocketPlatform, number> = { linux: 30, darwin: 2, windows: 2 };
const SO_COOKIE = 57;

/** The fake kernel; descriptors 0 to 2 are open, and no sockets. */
export class FakeLibc implements Libc {
  readonly platform: SocketPlatform;
  /** What was set, in order. */
  readonly calls: FakeCall[] = [];
  /** The error of a call: of setsockopt(2) by `level:name`, of others by their names. */
  readonly refusals = new Map<string, number>();
  /** Network interfaces by name. */
  readonly interfaces = new Map([["lo", 1], ["eth0", 2]]);
  /** Files by path. */
  readonly files = new Map<string, string>();
  /** Called before each getsockname(2) and getpeername(2): what another thread does meanwhile. */
  meanwhile: (call: "getsockname" | "getpeername", fd: number) => void = () => {};
  readonly #sockets = new Map<number, FakeSocket | undefined>([[0, undefined], [1, undefined], [2, undefined]]);
  readonly #options = new Map<string, Uint8Array>();
  #errno = 0;

  constructor(platform: SocketPlatform) {
    this.platform = platform;
  }

  /** Opens a socket, at the lowest free descriptor unless one is given. */
  open(socket: FakeSocket, fd = this.#lowestFree()): number {
    this.#sockets.set(fd, socket);
    return fd;
  }

  /** What getsockopt(2) is to give. */
  put(fd: number, level: number, name: number, value: Uint8Array): void {
    this.#options.set(`${fd}:${level}:${name}`, value);
  }

  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number {
    if (!this.#sockets.has(fd)) return this.#fail(EBADF);
    const refusal = this.refusals.get(`${level}:${name}`);
    if (refusal !== undefined) return this.#fail(refusal);
    this.calls.push({ fd, level, name, value: [...value.subarray(0, length)] });
    this.put(fd, level, name, value.slice(0, length));
    return 0;
  }

  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number {
    const socket = this.#sockets.get(fd);
    if (!socket) return this.#fail(EBADF);
    const bytes = this.#own(socket, level, name) ?? this.#options.get(`${fd}:${level}:${name}`);
    if (!bytes) return this.#fail(ENOPROTOOPT[this.platform]);
    const view = new DataView(length.buffer, length.byteOffset);
    const given = bytes.subarray(0, view.getUint32(0, true));
    value.set(given);
    view.setUint32(0, given.length, true);
    return 0;
  }

  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number {
    this.meanwhile("getsockname", fd);
    const socket = this.#sockets.get(fd);
    return socket ? this.#give(socket.local, address, length) : this.#fail(EBADF);
  }

  getpeername(fd: number, address: Uint8Array, length: Uint8Array): number {
    this.meanwhile("getpeername", fd);
    const socket = this.#sockets.get(fd);
    if (!socket) return this.#fail(EBADF);
    return socket.remote ? this.#give(socket.remote, address, length) : this.#fail(ENOTCONN[this.platform]);
  }

  dup(fd: number): number {
    const refusal = this.refusals.get("dup");
    if (refusal !== undefined || !this.#sockets.has(fd)) return this.#fail(refusal ?? EBADF);
    return this.open(this.#sockets.get(fd)!);
  }

  close(fd: number): number {
    return this.#sockets.delete(fd) ? 0 : this.#fail(EBADF);
  }

  interfaceIndex(name: Uint8Array): number {
    return this.interfaces.get(new TextDecoder().decode(name.subarray(0, name.indexOf(0)))) ?? 0;
  }

  interfaceName(index: number, name: Uint8Array): boolean {
    const found = [...this.interfaces].find((entry) => entry[1] === index)?.[0];
    if (found !== undefined) new TextEncoder().encodeInto(found + "\0", name);
    return found !== undefined;
  }

  readFile(path: string, most: number): Uint8Array | undefined {
    const text = this.files.get(path);
    return text === undefined ? undefined : new TextEncoder().encode(text).subarray(0, most);
  }

  errno(): number {
    return this.#errno;
  }

  // What follows makes and connects sockets: nothing that is tested with this kernel does.
  socket = (): number => this.#fail(ENOSYS);
  bind = (): number => this.#fail(ENOSYS);
  connect = (): number => this.#fail(ENOSYS);
  listen = (): number => this.#fail(ENOSYS);
  shutdown = (): number => this.#fail(ENOSYS);
  setFlags = (): number => this.#fail(ENOSYS);
  poll = (): Promise<number> => Promise.resolve(this.#fail(ENOSYS));

  #own(socket: FakeSocket, level: number, name: number): Uint8Array | undefined {
    if (level !== SOL_SOCKET[this.platform]) return undefined;
    if (name === SO_TYPE[this.platform]) return new Uint8Array([socket.type ?? 1, 0, 0, 0]);
    if (name === SO_ACCEPTCONN[this.platform]) return new Uint8Array([socket.listening ? 1 : 0, 0, 0, 0]);
    if (name === SO_COOKIE && socket.cookie) return new Uint8Array(new BigUint64Array([socket.cookie]).buffer);
  }

  #give(name: Address, address: Uint8Array, length: Uint8Array): number {
    const bytes = encodeSockaddr(name, this.platform);
    address.set(bytes);
    new DataView(length.buffer, length.byteOffset).setUint32(0, bytes.length, true);
    return 0;
  }

  #lowestFree(): number {
    let fd = 0;
    while (this.#sockets.has(fd)) fd++;
    return fd;
  }

  #fail(errno: number): -1 {
    this.#errno = errno;
    return -1;
  }
}
