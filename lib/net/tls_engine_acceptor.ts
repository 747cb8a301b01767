import type { X509Certificate } from "node:crypto";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { formatAddress } from "../core/address.ts";
import type { Connection } from "./connection.ts";
import type { TlsConnection } from "./tls_connection.ts";
import { serverAuthorities } from "./tls_credentials.ts";
import { isCertified } from "./tls_authorization.ts";
import { type Begin, engineVersions, handshake } from "./tls_handshake.ts";
import { HandshakeFailure, REFUSED_CLIENT } from "./tls_error.ts";
import type { TlsServerOptions } from "./tls_options.ts";

const DEFAULT_TIMEOUT = 10_000;

/** What handshakes are done with until the options are replaced. */
interface Generation {
  readonly options: TlsServerOptions;
  /** What a client's certificate must be signed by, where one is asked for. */
  readonly authorities: readonly X509Certificate[] | undefined;
  /**
   * Servers of node:tls that do nothing now. One does one handshake at a time, since it does not tell of which stream its
   * events are; making one takes a quarter of a millisecond.
   */
  readonly idle: Server[];
}

/** A {@linkcode TlsAcceptor} of node:tls, whose servers take any stream and do not listen. */
export class EngineAcceptor {
  #generation: Generation;

  constructor(options: TlsServerOptions) {
    this.#generation = generationOf(options);
  }

  replace(options: TlsServerOptions): void {
    this.#generation = generationOf(options);
  }

  async accept(connection: Connection): Promise<TlsConnection> {
    const { options, authorities, idle } = this.#generation;
    const server = idle.pop() ?? makeServer(options);
    const begin: Begin = (cipher, { secured, failed, refused }) => {
      server.once("secureConnection", (socket: TLSSocket) => {
        if (!authorities) secured(socket, false);
        else if (socket.authorized && isCertified(socket, authorities)) secured(socket, true);
        else refused(new HandshakeFailure(REFUSED_CLIENT));
      });
      server.once("tlsClientError", (error: Error, socket: TLSSocket) => {
        if (socket.authorizationError) refused(new HandshakeFailure(REFUSED_CLIENT));
        else failed(error);
      });
      server.emit("connection", cipher);
    };
    const what = `take TLS from ${formatAddress(connection.remoteAddr)}`;
    const { handshakeTimeout: timeout = DEFAULT_TIMEOUT } = options;
    const secured = await handshake(connection, begin, { what, timeout });
    // One whose handshake has failed may have more to say of it.
    server.removeAllListeners("tlsClientError");
    idle.push(server);
    return secured;
  }
}

function generationOf(options: TlsServerOptions): Generation {
  const authorities = serverAuthorities(options);
  return { options: { ...options }, authorities, idle: [makeServer(options)] };
}

function makeServer({ cert, key, clientCaCerts, alpnProtocols, ...versions }: TlsServerOptions): Server {
  return createServer({
    cert,
    key,
    ca: clientCaCerts && [...clientCaCerts],
    requestCert: clientCaCerts !== undefined,
    rejectUnauthorized: clientCaCerts !== undefined,
    ALPNProtocols: alpnProtocols && [...alpnProtocols],
    // None of its own: it would go on after a handshake that is given up.
    handshakeTimeout: -1,
    ...engineVersions(versions),
  });
}
