import { ConnectError, type ConnectErrorKind } from "../core/errors.ts";
import { isLookupFailure } from "./is_lookup_failure.ts";

/** What an error is called by Deno, node:net and the C library alike, and what it means to a caller. */
const BY_CODE: Record<string, [ConnectErrorKind, string]> = {
  ECONNREFUSED: ["refused", "connection refused"],
  ETIMEDOUT: ["timeout", "no answer within the kernel's limit"],
  ECONNRESET: ["reset", "the peer reset the connection"],
  // The RST came between the handshake and the asking for the addresses.
  ENOTCONN: ["reset", "the peer reset the connection"],
  ENETUNREACH: ["unreachable", "no route to that network"],
  EHOSTUNREACH: ["unreachable", "no route to that host"],
  EACCES: ["denied", "this machine forbids it"],
  EPERM: ["denied", "this machine forbids it"],
  ENOTFOUND: ["not-found", "host name not found"],
};

/** Deno's classes, for errors that have no code. */
const BY_CLASS: [new (message?: string) => Error, [ConnectErrorKind, string]][] = [
  [Deno.errors.NotCapable, ["denied", "net permission is missing"]],
  [Deno.errors.PermissionDenied, BY_CODE.EPERM],
  [Deno.errors.ConnectionRefused, BY_CODE.ECONNREFUSED],
  [Deno.errors.TimedOut, BY_CODE.ETIMEDOUT],
  [Deno.errors.ConnectionReset, BY_CODE.ECONNRESET],
  [Deno.errors.NotConnected, BY_CODE.ENOTCONN],
  [URIError, ["not-found", "that is not a host name"]],
];

/**
 * The error that a caller of `connect()` gets for one of the system's.
 *
 * @param limits What bounded the kernel's patience, where that was asked for.
 */
export function connectErrorOf(error: unknown, target: string, limits?: string): ConnectError {
  return networkErrorOf(error, `connect to ${target}`, limits);
}

/**
 * The same for whatever else could not be done on the way to a connection.
 *
 * @param what What could not be done, such as `take TLS from 127.0.0.1:443`.
 */
export function networkErrorOf(error: unknown, what: string, limits = ""): ConnectError {
  const { code, message, syscall } = error as { code?: string; message?: string; syscall?: string };
  const known = BY_CLASS.find(([errorClass]) => error instanceof errorClass)?.[1] ?? BY_CODE[code ?? ""];
  // Deno's own texts for it run over lines; ours say what is missing.
  if (error instanceof Deno.errors.NotCapable && error.cause !== undefined) {
    return new ConnectError("denied", `cannot ${what}: net permission is missing: ${message}`, { cause: error });
  }
  const [kind, reason] = known ??
    // What Deno says, and node:dns, whatever the reason (EAI_AGAIN where there is no name server).
    (isLookupFailure(error) || syscall === "getaddrinfo" ? BY_CODE.ENOTFOUND : ["failed", message ?? String(error)]);
  return new ConnectError(kind, `cannot ${what}: ${reason}${kind === "timeout" ? limits : ""}`, { cause: error });
}
