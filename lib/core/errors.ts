import { escapeBytes } from "./escape_bytes.ts";

/** Why a connection could not be made. `failed` is whatever the system reports that none of the others names. */
export type ConnectErrorKind =
  | "refused"
  | "timeout"
  | "unreachable"
  | "not-found"
  | "denied"
  | "reset"
  | "tls"
  | "failed";

/**
 * A connection could not be made. `kind` says why, `cause` is what the system reported.
 *
 * | `kind` | what happened |
 * |---|---|
 * | `refused` | nothing listens there (RST in answer to the SYN) |
 * | `timeout` | no answer within `connectTimeout`, or within the kernel's own limit |
 * | `unreachable` | no route to the host or the network |
 * | `not-found` | the host name has no address |
 * | `denied` | the permission is missing, or a firewall on this machine forbids it |
 * | `reset` | the peer reset the connection while it was being made |
 * | `tls` | the two ends did not agree on TLS: a certificate that is not trusted or not there, no version in common, no TLS |
 * | `failed` | anything else, such as no free descriptor or port: see `cause` |
 *
 * @example Tell a dead port from a dead host
 * ```ts
 * import { connect, ConnectError } from "@sounder/tcp";
 *
 * try {
 *   using connection = await connect({ hostname: "127.0.0.1", port: 1 });
 *   console.log(connection.remoteAddr);
 * } catch (error) {
 *   if (error instanceof ConnectError) console.log(error.kind); // refused
 * }
 * ```
 */
export class ConnectError extends Error {
  /** The error's class, to tell it apart where `instanceof` cannot (another copy of the module, JSON). */
  override readonly name = "ConnectError";
  /** Why the connection could not be made. */
  readonly kind: ConnectErrorKind;

  /** Makes the error; `connect()` does, callers catch it. */
  constructor(kind: ConnectErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Bytes that an {@linkcode EchoMismatchError} quotes, at most. */
export const QUOTED_BYTES = 16;

/**
 * The echo is not what was sent.
 *
 * @example Say where an echo went wrong
 * ```ts
 * import { EchoMismatchError } from "@sounder/tcp";
 *
 * const error = new EchoMismatchError(5, new Uint8Array([0x31]), new Uint8Array([0x32]));
 * console.log(error.message); // echo differs at byte 5: expected "1", got "2"
 * ```
 */
export class EchoMismatchError extends Error {
  /** The error's class, to tell it apart where `instanceof` cannot (another copy of the module, JSON). */
  override readonly name = "EchoMismatchError";
  /** The first differing byte, counted from 0 at the start of the exchange or stream, at `close()` of the connection. */
  readonly offset: number;
  /** What was sent, from `offset` on, at most 16 bytes; empty when the peer sent more than it was sent. */
  readonly expected: Uint8Array;
  /** What came back, from `offset` on, at most 16 bytes. */
  readonly actual: Uint8Array;

  /** Makes the error; the verifying client does, callers catch it. */
  constructor(offset: number, expected: Uint8Array, actual: Uint8Array) {
    super(
      expected.length === 0
        ? `echo is longer than what was sent: after byte ${offset} came ${escapeBytes(actual)}`
        : `echo differs at byte ${offset}: expected ${escapeBytes(expected)}, got ${escapeBytes(actual)}`,
    );
    this.offset = offset;
    this.expected = expected;
    this.actual = actual;
  }
}

/**
 * Why an echo stayed incomplete: the peer sent FIN (`closed`) or RST (`reset`), no echo came in time (`stalled`), or all
 * came but the peer did not send its FIN in answer to ours in time (`unfinished`).
 */
export type EchoIncompleteReason = "closed" | "reset" | "stalled" | "unfinished";

/**
 * The echo ended before all of it had come.
 *
 * @example Say how much is missing
 * ```ts
 * import { EchoIncompleteError } from "@sounder/tcp";
 *
 * const error = new EchoIncompleteError(3, "closed", "peer has echoed 9 of 12 bytes: it closed the connection");
 * console.log(error.missing, error.reason); // 3 closed
 * ```
 */
export class EchoIncompleteError extends Error {
  /** The error's class, to tell it apart where `instanceof` cannot (another copy of the module, JSON). */
  override readonly name = "EchoIncompleteError";
  /** Bytes sent, or to be sent, whose echo never came. */
  readonly missing: number;
  /** Why they never came. */
  readonly reason: EchoIncompleteReason;

  /** Makes the error; the verifying client does, callers catch it. */
  constructor(missing: number, reason: EchoIncompleteReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.missing = missing;
    this.reason = reason;
  }
}
