/** A version of TLS. */
export type TlsVersion = "1.2" | "1.3";

/** What both ends of TLS have to choose. */
export interface TlsOptions {
  /** Protocols that may be agreed on (ALPN, RFC 7301), such as `h2`, the best one first. Without it none is. */
  alpnProtocols?: readonly string[];
  /**
   * Oldest version that is taken.
   *
   * @default {"1.2"}
   */
  minVersion?: TlsVersion;
  /**
   * Newest version that is taken.
   *
   * @default {"1.3"}
   */
  maxVersion?: TlsVersion;
}

/** Options for {@linkcode startTls}, and for `tls` of {@linkcode connect}. */
export interface TlsClientOptions extends TlsOptions {
  /**
   * Certificates of authorities, as PEM texts: trusted in place of those that Deno trusts (Mozilla's; with
   * `DENO_TLS_CA_STORE=system` the system's).
   */
  caCerts?: readonly string[];
  /**
   * Takes any certificate, whoever signed it and whatever its name: what is sent may be read by anybody on the path.
   *
   * @default {false}
   */
  insecure?: boolean;
  /** Name that is asked for (SNI) and that the certificate must have; without it the host name that was connected to. */
  serverName?: string;
  /** Own certificate for a server that asks for one, with its chain behind it: PEM. With `key` only. */
  cert?: string;
  /** Key of `cert`: PEM. */
  key?: string;
}

/** Options for {@linkcode tlsAcceptor}. */
export interface TlsServerOptions extends TlsOptions {
  /** The certificate, with its chain behind it: PEM. */
  cert: string;
  /** Its key: PEM. */
  key: string;
  /**
   * Certificates of authorities, as PEM texts. With them a client must show a certificate that one of them has signed
   * (mutual TLS).
   */
  clientCaCerts?: readonly string[];
  /**
   * Milliseconds for the handshake; a peer that takes longer is closed.
   *
   * @default {10000}
   */
  handshakeTimeout?: number;
}

/** What the two ends have agreed on. */
export interface TlsInfo {
  /** The version. */
  readonly version: TlsVersion;
  /** The cipher suite, by its name at IANA, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** The protocol (ALPN), where one was agreed on. */
  readonly alpnProtocol: string | undefined;
  /**
   * The name in the peer's certificate: its common name, or else the first of its alternative names. What a terminal would
   * obey in it is escaped, such as `\u001b`.
   */
  readonly peer: string | undefined;
  /**
   * Whether the peer's certificate was checked. At a client it was, unless it is `insecure`; at a server it was where
   * `clientCaCerts` asks for one.
   */
  readonly verified: boolean;
  /** Milliseconds that the handshake took; connecting comes before it and is not in it. */
  readonly handshakeMs: number;
}

/** Bytes of a protocol's name at most: its length goes over the wire in one byte (RFC 7301). */
const LONGEST_PROTOCOL = 255;

/**
 * Checks what both ends choose.
 *
 * @throws {RangeError} if no version is left, or a protocol's name is not 1 to 255 bytes long.
 * @throws {TypeError} if a version is unknown.
 */
export function checkTlsOptions({ alpnProtocols = [], minVersion = "1.2", maxVersion = "1.3" }: TlsOptions): void {
  for (const [name, version] of Object.entries({ minVersion, maxVersion })) {
    if (version === "1.2" || version === "1.3") continue;
    throw new TypeError(`cannot use TLS with ${name} "${version}": use "1.2" or "1.3"`);
  }
  if (minVersion > maxVersion) {
    throw new RangeError(`cannot use TLS from version ${minVersion} to ${maxVersion}: the first must not be newer`);
  }
  for (const protocol of alpnProtocols) {
    const { length } = new TextEncoder().encode(protocol);
    if (length >= 1 && length <= LONGEST_PROTOCOL) continue;
    throw new RangeError(`cannot offer the protocol "${protocol}": use a name of 1 to ${LONGEST_PROTOCOL} bytes`);
  }
}
