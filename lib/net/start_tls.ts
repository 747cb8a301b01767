import { formatAddress } from "../core/address.ts";
import { quote } from "../core/quote.ts";
import type { Connection } from "./connection.ts";
import type { TlsConnection } from "./tls_connection.ts";
import { checkTlsOptions, type TlsClientOptions } from "./tls_options.ts";

/** Options for {@linkcode startTls}. */
export interface StartTlsOptions extends TlsClientOptions {
  /** Gives the handshake up; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Begins TLS on a connection of any kind, as the client: right after connecting, or where a protocol goes over to TLS
 * (STARTTLS). The connection belongs to the one returned from then on. The handshake may take 60 s.
 *
 * @throws {ConnectError} if the two ends did not agree (`kind` is `tls`, or `timeout`, or `reset`); the connection is closed
 * then.
 * @throws {TypeError} if a certificate or a key cannot be used, the server's name is empty, or a version is unknown.
 * @throws {RangeError} if no version is left, or a protocol's name is too long.
 *
 * @example
 * ```ts
 * import { connect, startTls } from "@sounder/tcp";
 *
 * async function secured(hostname: string, port: number, caCerts: string[]) {
 *   const connection = await connect({ hostname, port });
 *   const { tls } = await startTls(connection, { serverName: hostname, caCerts });
 *   return tls.version; // 1.3
 * }
 * ```
 */
export async function startTls(connection: Connection, options: StartTlsOptions = {}): Promise<TlsConnection> {
  const { signal, serverName = connection.remoteAddr.hostname } = options;
  const begin = await prepareTls(options);
  signal?.throwIfAborted();
  return await begin(connection, serverName, formatAddress(connection.remoteAddr), signal);
}

/** Does a handshake for the server of that name; `target` is what its errors call the peer. */
export type BeginTls = (
  connection: Connection,
  serverName: string,
  target: string,
  signal?: AbortSignal,
) => Promise<TlsConnection>;

/**
 * Loads the TLS engine, and has it check what it is to use.
 *
 * @throws {TypeError} if it cannot be used.
 * @throws {RangeError} if it is out of range.
 */
export async function prepareTls(options: TlsClientOptions): Promise<BeginTls> {
  checkTlsClientOptions(options);
  const { clientAuthorities } = await import("./tls_credentials.ts");
  const authorities = clientAuthorities(options);
  const { handshakeAsClient } = await import("./tls_engine_client.ts");
  return (connection, serverName, target, signal) =>
    handshakeAsClient(connection, { ...options, serverName, authorities, target, signal });
}

/**
 * Checks what can be checked without the TLS engine.
 *
 * @throws {TypeError} if it cannot be used.
 * @throws {RangeError} if it is out of range.
 */
function checkTlsClientOptions(options: TlsClientOptions): void {
  checkTlsOptions(options);
  const { serverName } = options;
  // The engine would look for the name localhost in the certificate.
  if (serverName !== undefined && !(typeof serverName === "string" && serverName.length > 0)) {
    throw new TypeError(
      `cannot check the server's name ${quote(String(serverName))} (serverName): give one, or none at all`,
    );
  }
  if ((options.cert === undefined) === (options.key === undefined)) return;
  throw new TypeError(
    options.cert === undefined
      ? "cannot use a key without its certificate: give cert as well"
      : "cannot use a certificate without its key: give key as well",
  );
}
