import type { Connection } from "../net/connection.ts";
import type { TlsConnection } from "../net/tls_connection.ts";
import type { TlsInfo, TlsVersion } from "../net/tls_options.ts";

/** What TLS came to on a connection, as a result has it. */
export interface TlsFacts {
  /** The version. */
  readonly version: TlsVersion;
  /** The cipher suite. */
  readonly cipher: string;
  /** The protocol that was agreed on (ALPN); null if none was. */
  readonly alpnProtocol: string | null;
  /** The name in the server's certificate. */
  readonly peer: string | null;
  /** Whether that was checked: with `insecure` it is not, and nothing proves who the server is. */
  readonly verified: boolean;
}

/** What a connection has to say of its TLS; undefined where it is plain TCP. */
export function tlsInfoOf(connection: Connection): TlsInfo | undefined {
  return (connection as Partial<TlsConnection>).tls;
}

/** The part of it that is the same for every connection to a server. */
export function tlsFacts({ version, cipher, alpnProtocol, peer, verified }: TlsInfo): TlsFacts {
  return { version, cipher, alpnProtocol: alpnProtocol ?? null, peer: peer ?? null, verified };
}

/**
 * What TLS itself has to say of an error of a read or write: the peer's alert, or that what came is no TLS. With TLS 1.3 a
 * server refuses a client's certificate that way, since the client's handshake is over by then.
 *
 * @returns undefined where the error is TCP's.
 */
export function tlsFailureOf(error: unknown): string | undefined {
  if (error instanceof Deno.errors.InvalidData) return error.message;
  if (!(error instanceof Deno.errors.ConnectionReset)) return undefined;
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === "string" && code.startsWith("ERR_SSL_") ? error.message : undefined;
}
