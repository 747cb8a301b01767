import { ConnectError } from "../core/errors.ts";
import { escapeUnseen } from "../core/quote.ts";
import { textOf } from "../core/text_of.ts";
import { allNamesOf, type CertificateNames } from "./certificate_names.ts";
import { networkErrorOf } from "./connect_error.ts";

/** An error of the TLS engine, or of the connection below it. */
type EngineError = Error & { code?: string; cert?: CertificateNames };

const UNTRUSTED =
  "is not signed by an authority that is trusted here: trust one with caCerts, or take any with insecure";
/** What a server is told of whose certificate is not taken. */
export const REFUSED_SERVER = `its certificate ${UNTRUSTED}`;

/** Why an engine did not take the certificate of a server. */
const REFUSED_CERTIFICATES: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  // What Deno 2.9.6 says of one that has expired, as well.
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `has expired, or ${UNTRUSTED}`,
  CERT_HAS_EXPIRED: "has expired: have it renewed, or take any with insecure",
  CERT_NOT_YET_VALID: "is not valid yet: set the clocks right, or take any with insecure",
};

/** What the alert of a peer means to whoever reads it, by the engine's name for it. */
const ALERTS: Record<string, string> = {
  ProtocolVersion: "the peer takes none of the TLS versions offered: see minVersion and maxVersion",
  NoApplicationProtocol: "the peer speaks none of the protocols offered: see alpnProtocols",
  UnknownCA: "the peer does not trust the authority of the certificate that it was shown",
  CertificateRequired: "the peer asks for a certificate: show one with cert and key",
  BadCertificate: "the peer does not take the certificate that it was shown",
  CertificateExpired: "the peer does not take the certificate that it was shown: it has expired",
  CertificateUnknown: "the peer does not take the certificate that it was shown",
  // Some say no more where they want a certificate (TLS 1.2), or have no cipher in common.
  HandshakeFailure: "the peer did not agree: it may ask for a certificate (cert and key)",
};

/** What went wrong at this end. */
const OWN: Record<string, string> = {
  ERR_SSL_WRONG_VERSION_NUMBER: "the peer does not speak TLS",
  ERR_SSL_NO_APPLICATION_PROTOCOL: "the peer offers none of our protocols: see alpnProtocols",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "the peer shows no certificate, and one is asked for (clientCaCerts)",
};

/** What the peer's FIN in the middle of a handshake is told as. */
export const CUT_HANDSHAKE = "the peer closed the connection during the TLS handshake";
/** What a client is told of whose certificate is not taken. */
export const REFUSED_CLIENT = "the peer's certificate is not signed by an authority of clientCaCerts, or has expired";

/** What ends a handshake and the engine has no error for. */
export class HandshakeFailure extends Error {}

/**
 * The error that a caller gets where a handshake fails.
 *
 * @param what What could not be done, such as `connect to 127.0.0.1:443`.
 * @param name The server's name, where its certificate was checked.
 */
export function handshakeErrorOf(error: unknown, what: string, name?: string): ConnectError {
  if (error instanceof ConnectError) return error;
  const reason = reasonOf(error as EngineError, name);
  if (reason === undefined) return networkErrorOf(error, what);
  return new ConnectError("tls", `cannot ${what}: ${reason}`, { cause: withoutNames(error as EngineError) });
}

/** What a read or write gets where TLS fails on an open connection. */
export function streamErrorOf(error: EngineError): Error {
  const cause = { cause: error };
  const alert = alertOf(error);
  if (alert === undefined) return new Deno.errors.InvalidData(`TLS cannot go on: ${textOf(error)}`, cause);
  return new Deno.errors.ConnectionReset(ALERTS[alert] ?? `the peer ended TLS: ${textOf(error)}`, cause);
}

function reasonOf(error: EngineError, name: string | undefined): string | undefined {
  const { code = "" } = error;
  if (error instanceof HandshakeFailure) return error.message;
  if (code in REFUSED_CERTIFICATES) return `its certificate ${REFUSED_CERTIFICATES[code]}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `its certificate is not for ${name}, but for ${
      allNamesOf(error.cert ?? {})
    }: ask for one of these with serverName`;
  }
  const alert = alertOf(error);
  if (alert !== undefined) return ALERTS[alert] ?? `the peer ended the TLS handshake: ${textOf(error)}`;
  if (textOf(error).includes("incompatible: Tls1")) return "no TLS version in common: see minVersion and maxVersion";
  return OWN[code] ?? (code.startsWith("ERR_SSL_") ? textOf(error) : undefined);
}

/** The engine's error, without the names in the peer's certificate as they are: a terminal might obey them. */
function withoutNames(error: EngineError): Error {
  const { cert, code, message } = error;
  return cert === undefined ? error : Object.assign(new Error(escapeUnseen(message)), { code });
}

/** The alert that the peer sent; undefined for what went wrong at this end, for which the engine may have the same code. */
function alertOf({ message }: EngineError): string | undefined {
  return /received fatal alert: (\w+)/.exec(message)?.[1];
}
