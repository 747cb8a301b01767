/**
 * A C library of the test's own: sockets that take every option, but for those that the test says, and files.
 *
 * @module
 */
import type { Libc } from "../../lib/socket/libc.ts";
import type { SocketPlatform } from "../../lib/socket/option_row.ts";

/** What the library does. */
export interface ScratchLibcOptions {
  platform?: SocketPlatform;
  /** Errno by `LEVEL:NAME`, for getsockopt(2). */
  refuseGet?: Record<string, number>;
  /** Errno by `LEVEL:NAME`, for setsockopt(2). */
  refuseSet?: Record<string, number>;
  /** Values of four bytes by `LEVEL:NAME`; 0 where left out. */
  values?: Record<string, number>;
  /** Texts of files, by path. */
  files?: Record<string, string>;
  /** Errno of socket(2), where it fails. */
  refuseSocket?: number;
}

/** The library, and what was done with it. */
export interface ScratchLibc extends Libc {
  /** Sockets open now. */
  readonly open: Set<number>;
  /** `get LEVEL:NAME` and `set LEVEL:NAME=VALUE`, in order. */
  readonly calls: string[];
}

/** Makes one; what it does not have throws. */
export function scratchLibc(options: ScratchLibcOptions = {}): ScratchLibc {
  const { platform = "linux", refuseGet = {}, refuseSet = {}, values = {}, files = {}, refuseSocket } = options;
  const open = new Set<number>();
  const calls: string[] = [];
  let errno = 0;
  const fail = (number: number) => {
    errno = number;
    return -1;
  };
  const libc: Partial<ScratchLibc> = {
    platform,
    open,
    calls,
    socket() {
      if (refuseSocket !== undefined) return fail(refuseSocket);
      open.add(7);
      return 7;
    },
    close: (fd) => open.delete(fd) ? 0 : fail(9),
    getsockopt(fd, level, name, value, length) {
      const key = `${level}:${name}`;
      calls.push(`get ${key}`);
      if (!open.has(fd)) return fail(9);
      if (key in refuseGet) return fail(refuseGet[key]);
      new DataView(value.buffer).setUint32(0, values[key] ?? 0, true);
      new DataView(length.buffer).setUint32(0, 4, true);
      return 0;
    },
    setsockopt(fd, level, name, value, length) {
      const key = `${level}:${name}`;
      if (!open.has(fd)) return fail(9);
      calls.push(`set ${key}=${length < 4 ? "" : new DataView(value.buffer).getUint32(0, true)}`);
      return key in refuseSet ? fail(refuseSet[key]) : 0;
    },
    readFile: (path) => path in files ? new TextEncoder().encode(files[path]) : undefined,
    interfaceName: () => false,
    errno: () => errno,
  };
  return libc as ScratchLibc;
}
