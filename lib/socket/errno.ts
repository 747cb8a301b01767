import type { SocketPlatform } from "./option_row.ts";

/** Errors of the C library that Sounder tells apart: what they mean, and their numbers on Linux and macOS (errno(3)). */
const ERRORS = {
  EPERM: ["operation not permitted", 1, 1],
  ENOENT: ["no such thing", 2, 2],
  EINTR: ["interrupted by a signal", 4, 4],
  EBADF: ["no such descriptor", 9, 9],
  EAGAIN: ["no resource left for now", 11, 35],
  ENOMEM: ["no memory left", 12, 12],
  EACCES: ["permission denied", 13, 13],
  ENODEV: ["no such device", 19, 19],
  EINVAL: ["the kernel does not take that value, or not on such a socket, or not now", 22, 22],
  ENFILE: ["no descriptor left on this machine", 23, 23],
  EMFILE: ["no descriptor left for this process", 24, 24],
  EDOM: ["value out of range", 33, 33],
  ENOTSOCK: ["not a socket", 88, 38],
  ENOPROTOOPT: ["this kernel does not have the option, or not on such a socket", 92, 42],
  EOPNOTSUPP: ["not supported by this kind of socket", 95, 102],
  EAFNOSUPPORT: ["this kind of address is not supported", 97, 47],
  EADDRINUSE: ["address in use", 98, 48],
  EADDRNOTAVAIL: ["this machine does not have that address, or no port of it is free", 99, 49],
  ENETUNREACH: ["no route to that network", 101, 51],
  ECONNABORTED: ["the connection was given up by this machine", 103, 53],
  ECONNRESET: ["the peer reset the connection", 104, 54],
  ENOTCONN: ["not connected", 107, 57],
  ETIMEDOUT: ["no answer within the kernel's limit", 110, 60],
  ECONNREFUSED: ["connection refused", 111, 61],
  EHOSTUNREACH: ["no route to that host", 113, 65],
  EINPROGRESS: ["under way", 115, 36],
} as const;

/** The name of an error of the C library. */
export type ErrnoName = keyof typeof ERRORS;

/** The error of that number, as its name; `errno 71` where Sounder has no name for it. */
export function errnoName(errno: number, platform: SocketPlatform): ErrnoName | `errno ${number}` {
  const column = platform === "darwin" ? 2 : 1;
  const found = Object.entries(ERRORS).find(([, row]) => row[column] === errno);
  return (found?.[0] as ErrnoName | undefined) ?? `errno ${errno}`;
}

/** What an error means, with its name: `address in use (EADDRINUSE)`. */
export function describeErrno(name: ErrnoName | `errno ${number}`): string {
  return name in ERRORS ? `${ERRORS[name as ErrnoName][0]} (${name})` : name;
}
