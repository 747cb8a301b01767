import { assertEquals } from "@std/assert";
import { constants } from "node:os";
import { describeErrno, type ErrnoName, errnoName } from "../../lib/socket/errno.ts";
import { notLinux, testUnless } from "../support/needs.ts";

/** <errno.h>: name, Linux, macOS. */
const NUMBERS: [ErrnoName, number, number][] = [
  ["EPERM", 1, 1],
  ["ENOENT", 2, 2],
  ["EINTR", 4, 4],
  ["EBADF", 9, 9],
  ["EAGAIN", 11, 35],
  ["ENOMEM", 12, 12],
  ["EACCES", 13, 13],
  ["ENODEV", 19, 19],
  ["EINVAL", 22, 22],
  ["ENFILE", 23, 23],
  ["EMFILE", 24, 24],
  ["EDOM", 33, 33],
  ["ENOTSOCK", 88, 38],
  ["ENOPROTOOPT", 92, 42],
  ["EOPNOTSUPP", 95, 102],
  ["EAFNOSUPPORT", 97, 47],
  ["EADDRINUSE", 98, 48],
  ["EADDRNOTAVAIL", 99, 49],
  ["ENETUNREACH", 101, 51],
  ["ECONNABORTED", 103, 53],
  ["ECONNRESET", 104, 54],
  ["ENOTCONN", 107, 57],
  ["ETIMEDOUT", 110, 60],
  ["ECONNREFUSED", 111, 61],
  ["EHOSTUNREACH", 113, 65],
  ["EINPROGRESS", 115, 36],
];

Deno.test("every error has its number on Linux and on macOS", () => {
  for (const [name, linux, darwin] of NUMBERS) {
    assertEquals(errnoName(linux, "linux"), name);
    assertEquals(errnoName(darwin, "darwin"), name);
  }
});

testUnless(notLinux(), "the numbers are this system's", () => {
  const own = constants.errno as Record<string, number>;
  for (const [name, linux] of NUMBERS) assertEquals(own[name], linux, name);
});

Deno.test("an error without a name is its number", () => {
  assertEquals(errnoName(71, "linux"), "errno 71");
  // ENOPROTOOPT of Linux is another error on macOS.
  assertEquals(errnoName(92, "darwin"), "errno 92");
  assertEquals(describeErrno("errno 71"), "errno 71");
});

Deno.test("an error is described in words and by its name", () => {
  assertEquals(describeErrno("EADDRINUSE"), "address in use (EADDRINUSE)");
  for (const [name] of NUMBERS) assertEquals(describeErrno(name).endsWith(` (${name})`), true, name);
});
