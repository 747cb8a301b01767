import type { SocketPlatform } from "./option_row.ts";

/**
 * The calls of the C library that Sounder makes, each as in section 2 of the manual; -1 means that `errno()` says why.
 * An interface, so that tests can put a kernel of their own in its place.
 */
export interface Libc {
  /** Whose constants and structures these calls take. */
  readonly platform: SocketPlatform;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  shutdown(fd: number, how: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  getpeername(fd: number, address: Uint8Array, length: Uint8Array): number;
  dup(fd: number): number;
  close(fd: number): number;
  /** fcntl(2) with F_SETFL and these flags, and with F_SETFD and FD_CLOEXEC. */
  setFlags(fd: number, flags: number): number;
  /** poll(2) on one descriptor, in a thread of its own. */
  poll(pollfd: Uint8Array, count: number, timeoutMs: number): Promise<number>;
  /** The index of a network interface; 0 if there is none of that name (if_nametoindex(3)). */
  interfaceIndex(name: Uint8Array): number;
  /** The name of a network interface, into 16 bytes (if_indextoname(3)). */
  interfaceName(index: number, name: Uint8Array): boolean;
  /** The bytes of a file, at most `most`; undefined where it cannot be read (fopen(3)). */
  readFile(path: string, most: number): Uint8Array | undefined;
  /** The error of the last call that failed, in this thread. */
  errno(): number;
}

/** The level of socket(7)'s own options: Linux numbers it apart. */
export const SOL_SOCKET: Readonly<Record<SocketPlatform, number>> = { linux: 1, darwin: 0xffff, windows: 0xffff };

/** The platform, where its C library is used; undefined where only Deno's own API is. */
export function libcPlatform(): SocketPlatform | undefined {
  const { os } = Deno.build;
  return os === "linux" || os === "darwin" ? os : undefined;
}

/** Whether the C library may be opened without a question: `prompt` counts as no. */
export function mayOpenLibc(): boolean {
  return libcPlatform() !== undefined && Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}

let opened: Libc | undefined;

/**
 * The C library, opened at the first call, in each thread.
 *
 * @throws {Deno.errors.NotCapable} without `--allow-ffi`.
 * @throws {Deno.errors.NotSupported} on a system whose C library Sounder does not use.
 */
export function openLibc(): Libc {
  if (opened) return opened;
  const platform = libcPlatform();
  if (platform === undefined) {
    throw new Deno.errors.NotSupported(`cannot open the C library: not on ${Deno.build.os}`);
  }
  // Never a prompt: a program that did not grant it gets an error.
  if (!mayOpenLibc()) throw new Deno.errors.NotCapable("cannot open the C library: run Deno with --allow-ffi");
  return opened = platform === "linux" ? openLinux() : openDarwin();
}

const CALLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  // In another thread, whose errno cannot be read: the answer is in the pollfd, and then in SO_ERROR.
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  if_indextoname: { parameters: ["u32", "buffer"], result: "pointer" },
  fopen: { parameters: ["buffer", "buffer"], result: "pointer" },
  fread: { parameters: ["buffer", "usize", "usize", "pointer"], result: "usize" },
  fclose: { parameters: ["pointer"], result: "i32" },
} as const;

function openLinux(): Libc {
  const { symbols } = Deno.dlopen("libc.so.6", {
    ...CALLS,
    __errno_location: { parameters: [], result: "pointer" },
  });
  return {
    ...shared("linux", symbols, symbols.__errno_location()),
    // Linux sockets are made with these (SOCK_NONBLOCK, SOCK_CLOEXEC): nothing needs this.
    setFlags: () => 0,
  };
}

function openDarwin(): Libc {
  const { symbols } = Deno.dlopen("libSystem.dylib", {
    ...CALLS,
    __error: { parameters: [], result: "pointer" },
    // fcntl(int, int, ...): arm64 passes what "..." stands for on the stack, after eight registers; x86_64 in the third
    // register. The value goes to both places.
    fcntl: { parameters: ["i32", "i32", "i64", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i32" },
  });
  const [F_SETFD, F_SETFL, FD_CLOEXEC] = [2, 4, 1];
  const fcntl = (fd: number, command: number, flags: number) => {
    const value = BigInt(flags);
    return symbols.fcntl(fd, command, value, 0n, 0n, 0n, 0n, 0n, value);
  };
  return {
    ...shared("darwin", symbols, symbols.__error()),
    setFlags: (fd, flags) => Math.min(fcntl(fd, F_SETFL, flags), fcntl(fd, F_SETFD, FD_CLOEXEC)),
  };
}

type Symbols = Deno.StaticForeignLibraryInterface<typeof CALLS>;

function shared(
  platform: SocketPlatform,
  symbols: Symbols,
  errnoPointer: Deno.PointerValue,
): Omit<Libc, "setFlags"> {
  const errno = new Deno.UnsafePointerView(errnoPointer!);
  const { if_nametoindex, if_indextoname, fopen, fread, fclose, ...calls } = symbols;
  return {
    ...calls as unknown as Pick<Libc, Exclude<keyof typeof CALLS, `if_${string}` | `f${string}`>>,
    platform,
    interfaceIndex: (name) => if_nametoindex(buffer(name)),
    interfaceName: (index, name) => if_indextoname(index, buffer(name)) !== null,
    readFile: (path, most) => {
      const file = fopen(buffer(cString(path)), buffer(cString("r")));
      if (file === null) return undefined;
      const bytes = new Uint8Array(most);
      const length = Number(fread(bytes, 1n, BigInt(most), file));
      fclose(file);
      return bytes.subarray(0, length);
    },
    errno: () => errno.getInt32(0),
  };
}

function buffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

const encoder = new TextEncoder();

/** A text as C has it: UTF-8 with a zero at the end. */
export function cString(text: string): Uint8Array {
  return encoder.encode(text + "\0");
}
