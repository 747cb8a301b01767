/**
 * TLS for tests: an authority that is made for the run, and both ends of a connection.
 *
 * @module
 */
import { assertInstanceOf } from "@std/assert";
import { ConnectError } from "../../lib/core/errors.ts";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen } from "../../lib/net/listen.ts";
import { startTls } from "../../lib/net/start_tls.ts";
import { tlsAcceptor } from "../../lib/net/tls_acceptor.ts";
import type { TlsConnection } from "../../lib/net/tls_connection.ts";
import type { TlsClientOptions, TlsInfo, TlsServerOptions } from "../../lib/net/tls_options.ts";
import { certificateAuthority } from "./certificates.ts";

/** Whom both ends trust. */
export const authority = await certificateAuthority();
/** The server's certificate: for `localhost` and `127.0.0.1`. */
export const serverCertificate = await authority.issue();

/** Loads the engine before a test counts what is open. */
await tlsAcceptor(serverCertificate);

/** Begins TLS at both ends of a connection. */
export async function secure(
  [near, far]: readonly [Connection, Connection],
  client: TlsClientOptions = {},
  server: Partial<TlsServerOptions> = {},
): Promise<[near: TlsConnection, far: TlsConnection]> {
  const acceptor = await tlsAcceptor({ ...serverCertificate, ...server });
  return await Promise.all([
    startTls(near, { serverName: "localhost", caCerts: [authority.cert], ...client }),
    acceptor.accept(far),
  ]);
}

/** Both ends of a TCP connection. */
export async function tcpPair(): Promise<[near: Connection, far: Connection]> {
  using listener = listen();
  return await Promise.all([connect(listener.addr), listener.accept()]);
}

/** Both ends of a connection over TLS, and what is below them. */
export interface Stage extends Disposable {
  near: TlsConnection;
  far: TlsConnection;
  /** The connection below the far end. */
  below: Connection;
  /** The one below the near end. */
  belowNear: Connection;
}

/** Begins TLS between two ends; disposing of it closes both. */
export async function stage(makePair: () => Promise<[Connection, Connection]> = tcpPair): Promise<Stage> {
  const [belowNear, below] = await makePair();
  const [near, far] = await secure([belowNear, below]);
  return { near, far, below, belowNear, [Symbol.dispose]: () => [near, far].forEach((end) => end.close()) };
}

/** What came of a handshake at both ends. */
export interface Outcome {
  client: TlsInfo | ConnectError;
  server: TlsInfo | ConnectError;
}

/** Has both ends try, over TCP, and closes what came of it. */
export async function tryHandshake(client: TlsClientOptions, server: Partial<TlsServerOptions> = {}): Promise<Outcome> {
  const acceptor = await tlsAcceptor({ ...serverCertificate, ...server });
  const [near, far] = await tcpPair();
  const [theirs, ours] = await Promise.all([
    infoOrError(startTls(near, { serverName: "localhost", caCerts: [authority.cert], ...client })),
    infoOrError(acceptor.accept(far)),
  ]);
  return { client: theirs, server: ours };
}

async function infoOrError(handshake: Promise<TlsConnection>): Promise<TlsInfo | ConnectError> {
  try {
    using connection = await handshake;
    return connection.tls;
  } catch (error) {
    assertInstanceOf(error, ConnectError);
    return error;
  }
}
