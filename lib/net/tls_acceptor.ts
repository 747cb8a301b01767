import type { Connection } from "./connection.ts";
import type { TlsConnection } from "./tls_connection.ts";
import { checkTlsOptions, type TlsServerOptions } from "./tls_options.ts";

/** The server's side of TLS, for connections that are accepted already. */
export interface TlsAcceptor {
  /**
   * Does the handshake on a connection, which belongs to the one returned from then on.
   *
   * @throws {ConnectError} if it fails (`kind` is `tls`, `timeout` or `reset`); the connection is closed then.
   */
  accept(connection: Connection): Promise<TlsConnection>;

  /**
   * Takes other options for the handshakes that begin from now on, such as a renewed certificate; connections that are
   * open live on. Where it throws, the old ones stay.
   *
   * @throws As {@linkcode tlsAcceptor}.
   */
  replace(options: TlsServerOptions): void;
}

/**
 * Makes the server's side of TLS.
 *
 * @throws {TypeError} if a certificate or the key cannot be used, or they do not belong together, or a version is unknown.
 * @throws {RangeError} if the timeout is not above 0, no version is left, or a protocol's name is too long.
 *
 * @example
 * ```ts
 * import { acceptLoop, echo, listen, tlsAcceptor } from "@sounder/tcp";
 *
 * async function serveTls(cert: string, key: string) {
 *   const acceptor = await tlsAcceptor({ cert, key });
 *   const listener = listen({ port: 0 });
 *   const loop = acceptLoop(listener, async (accepted) => {
 *     try {
 *       using connection = await acceptor.accept(accepted);
 *       await echo(connection);
 *     } catch (error) {
 *       console.error(error);
 *     }
 *   });
 *   return { listener, loop };
 * }
 * ```
 */
export async function tlsAcceptor(options: TlsServerOptions): Promise<TlsAcceptor> {
  checkTlsServerOptions(options);
  const { EngineAcceptor } = await import("./tls_engine_acceptor.ts");
  const acceptor = new EngineAcceptor(options);
  return {
    accept: (connection) => acceptor.accept(connection),
    replace: (replacing) => {
      checkTlsServerOptions(replacing);
      acceptor.replace(replacing);
    },
  };
}

function checkTlsServerOptions(options: TlsServerOptions): void {
  checkTlsOptions(options);
  const { handshakeTimeout } = options;
  if (handshakeTimeout !== undefined && !(typeof handshakeTimeout === "number" && handshakeTimeout > 0)) {
    throw new RangeError(`cannot do a handshake within ${handshakeTimeout} ms: handshakeTimeout must be more than 0`);
  }
}
