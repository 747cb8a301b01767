/**
 * Echo servers over TLS, and the files that their clients are given.
 *
 * @module
 */
import { echo } from "../../lib/echo/echo.ts";
import { tlsAcceptor } from "../../lib/net/tls_acceptor.ts";
import type { TlsServerOptions } from "../../lib/net/tls_options.ts";
import { certificateAuthority } from "./certificates.ts";
import { type Peer, servingPeer } from "./ping_peers.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** Starts an echo server over TLS. Disposing of it closes its connections. */
export async function tlsEchoPeer(options: TlsServerOptions): Promise<Peer> {
  const acceptor = await tlsAcceptor(options);
  return servingPeer(async (connection) => {
    using secured = await acceptor.accept(connection);
    await echo(secured);
  });
}

/** PEM files: of an authority, a server and a client that it has signed, and of what nobody should trust. */
export interface TlsFiles extends AsyncDisposable {
  /** The authority's certificate. */
  readonly ca: string;
  /** The same as text. */
  readonly authority: string;
  /** Another authority's. */
  readonly otherCa: string;
  /** The server's certificate, for `localhost` and `127.0.0.1`. */
  readonly cert: string;
  /** Its key. */
  readonly key: string;
  /** One for the name `other.test` only. */
  readonly otherCert: string;
  /** Its key. */
  readonly otherKey: string;
  /** A client's certificate. */
  readonly clientCert: string;
  /** Its key. */
  readonly clientKey: string;
  /** What a server of the authority is started with. */
  readonly server: TlsServerOptions;
  /** The same for `other.test`. */
  readonly otherServer: TlsServerOptions;
}

/** Makes them, and a folder for them. */
export async function tlsFiles(): Promise<TlsFiles> {
  const [authority, stranger] = await Promise.all([certificateAuthority(), certificateAuthority("nobody's")]);
  const server = await authority.issue();
  const otherServer = await authority.issue({ names: ["other.test"] });
  const client = await authority.issue({ names: ["client.test"] });
  const folder = await temporaryFolder({
    "ca.pem": authority.cert,
    "stranger.pem": stranger.cert,
    "server.pem": server.cert,
    "server.key": server.key,
    "other.pem": otherServer.cert,
    "other.key": otherServer.key,
    "client.pem": client.cert,
    "client.key": client.key,
  });
  const file = (name: string) => `${folder.path}/${name}`;
  return {
    ca: file("ca.pem"),
    authority: authority.cert,
    otherCa: file("stranger.pem"),
    cert: file("server.pem"),
    key: file("server.key"),
    otherCert: file("other.pem"),
    otherKey: file("other.key"),
    clientCert: file("client.pem"),
    clientKey: file("client.key"),
    server,
    otherServer,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
