import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { Connection } from "./connection.ts";
import { isCertified } from "./tls_authorization.ts";
import type { TlsConnection } from "./tls_connection.ts";
import { HandshakeFailure, REFUSED_SERVER } from "./tls_error.ts";
import { type Begin, engineVersions, handshake } from "./tls_handshake.ts";
import type { TlsClientOptions } from "./tls_options.ts";

/** Milliseconds that a server has for its part of the handshake: asyncio's number. */
const TIMEOUT = 60_000;

/** What a client does a handshake with. */
export interface ClientHandshakeOptions extends TlsClientOptions {
  /** The name that the certificate must have. */
  readonly serverName: string;
  /** What it must be signed by, in place of the default ones. */
  readonly authorities?: readonly X509Certificate[];
  /** What errors call the server. */
  readonly target: string;
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

/**
 * Does a handshake as the client.
 *
 * @throws {ConnectError} if it fails; the connection is closed then.
 */
export function handshakeAsClient(connection: Connection, options: ClientHandshakeOptions): Promise<TlsConnection> {
  const { serverName: name, authorities, target, signal, insecure = false, caCerts, alpnProtocols } = options;
  const begin: Begin = (cipher, { secured, failed, refused }) => {
    const socket = connect({
      socket: cipher,
      host: name,
      // An address is no name to ask for (RFC 6066).
      servername: isIP(name) ? undefined : name,
      ca: caCerts && [...caCerts],
      cert: options.cert,
      key: options.key,
      ALPNProtocols: alpnProtocols && [...alpnProtocols],
      rejectUnauthorized: !insecure,
      ...engineVersions(options),
    });
    socket.once("error", (error) => socket.authorizationError ? refused(error) : failed(error));
    socket.once("secureConnect", () => {
      if (insecure || !authorities || isCertified(socket, authorities)) secured(socket, !insecure);
      else refused(new HandshakeFailure(REFUSED_SERVER));
    });
  };
  return handshake(connection, begin, { what: `connect to ${target}`, name, signal, timeout: TIMEOUT });
}
