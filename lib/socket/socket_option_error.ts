/**
 * Why an option could not be set: FFI is not granted (`permission`), the user may not (`privilege`), the system or the
 * kind of socket does not have it (`unsupported`), or the kernel takes another value only (`rejected`).
 */
export type SocketOptionErrorKind = "permission" | "privilege" | "unsupported" | "rejected";

/**
 * A socket option could not be set. Nothing was sent: the socket is closed again, or was the caller's before.
 *
 * @example Do without an option that is a mere wish
 * ```ts
 * import { connect, serve, SocketOptionError } from "@sounder/tcp";
 *
 * await using server = serve({ port: 0 });
 * const connection = await connect({ ...server.addr, mark: 7 }).catch((error) => {
 *   if (error instanceof SocketOptionError) return connect(server.addr); // no FFI, no root, or no Linux
 *   throw error;
 * });
 * connection.close();
 * ```
 */
export class SocketOptionError extends Error {
  /** The error's class, to tell it apart where `instanceof` cannot (another copy of the module, JSON). */
  override readonly name = "SocketOptionError";
  /** The option, as the library calls it: `recvBuffer`, `keepAlive.idle`, or `6:30` for a raw one. */
  readonly option: string;
  /** Why it could not be set. */
  readonly kind: SocketOptionErrorKind;

  /** Makes the error; what sets options does, callers catch it. */
  constructor(option: string, kind: SocketOptionErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.option = option;
    this.kind = kind;
  }
}
