import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { ConnectError, type ConnectErrorKind } from "../../lib/core/errors.ts";
import { connectErrorOf, networkErrorOf } from "../../lib/net/connect_error.ts";
import { SystemError } from "../../lib/net/dial.ts";

/** An error with a code, as Deno and node:net have them. */
function coded(code: string): Error {
  return Object.assign(new Error(`connect ${code} 192.0.2.1:80`), { code });
}

const { ConnectionRefused, ConnectionReset, NetworkUnreachable, NotCapable, NotConnected, PermissionDenied, TimedOut } =
  Deno.errors;
const withCode = (error: Error, code: string) => Object.assign(error, { code });

const CASES: [errors: unknown[], kind: ConnectErrorKind, reason: string][] = [
  // Of Deno, node:net, and the C library: Linux's number and macOS's.
  [
    [
      new ConnectionRefused("x"),
      coded("ECONNREFUSED"),
      new SystemError(111, "linux", "connect"),
      new SystemError(61, "darwin", "connect"),
    ],
    "refused",
    "connection refused",
  ],
  [
    [
      new TimedOut("x"),
      coded("ETIMEDOUT"),
      new SystemError(110, "linux", "connect"),
      new SystemError(60, "darwin", "c"),
    ],
    "timeout",
    "no answer within the kernel's limit",
  ],
  [
    [new ConnectionReset("x"), new NotConnected("x"), coded("ECONNRESET"), coded("ENOTCONN")],
    "reset",
    "the peer reset the connection",
  ],
  [
    [new SystemError(104, "linux", "connect"), new SystemError(107, "linux", "connect")],
    "reset",
    "the peer reset the connection",
  ],
  [
    [
      withCode(new NetworkUnreachable("x"), "ENETUNREACH"),
      coded("ENETUNREACH"),
      new SystemError(101, "linux", "connect"),
    ],
    "unreachable",
    "no route to that network",
  ],
  [[coded("EHOSTUNREACH"), new SystemError(113, "linux", "connect")], "unreachable", "no route to that host"],
  [
    [new PermissionDenied("x"), coded("EACCES"), coded("EPERM"), new SystemError(13, "linux", "connect")],
    "denied",
    "this machine forbids it",
  ],
  [[new NotCapable("x"), withCode(new NotCapable("x"), "EPERM")], "denied", "net permission is missing"],
  [
    [
      coded("ENOTFOUND"),
      new Error("failed to lookup address information: Name or service not known"),
      // Windows says no more than this, in the language of the machine.
      new Error("No such host is known. (os error 11001)"),
      withCode(new Error("Der angegebene Host ist unbekannt. (os error 11001)"), "ENOENT"),
      new Error("This is usually a temporary error during hostname resolution. (os error 11002)"),
      Object.assign(coded("EAI_AGAIN"), { syscall: "getaddrinfo" }),
    ],
    "not-found",
    "host name not found",
  ],
  [[new URIError("x")], "not-found", "that is not a host name"],
  [[new Error("Too many open files (os error 24)")], "failed", "Too many open files (os error 24)"],
  [[new Error("Nothing of a name (os error 11005)")], "failed", "Nothing of a name (os error 11005)"],
  [[new SystemError(24, "linux", "socket")], "failed", "socket: no descriptor left for this process (EMFILE)"],
  [[new SystemError(71, "linux", "connect")], "failed", "connect: errno 71"],
  [["a text"], "failed", "a text"],
];

Deno.test("connectErrorOf() says the same of one failure, whoever reports it, and keeps the report", () => {
  for (const [errors, kind, reason] of CASES) {
    for (const cause of errors) {
      const error = connectErrorOf(cause, "192.0.2.1:80");
      assertInstanceOf(error, ConnectError);
      assertEquals([error.kind, error.message], [kind, `cannot connect to 192.0.2.1:80: ${reason}`], `${cause}`);
      assertStrictEquals(error.cause, cause);
      const { message } = networkErrorOf(cause, "take TLS from 192.0.2.1:80");
      assertEquals(message, `cannot take TLS from 192.0.2.1:80: ${reason}`);
    }
  }
});
