import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";

/** Certificates that a peer shows, at most. */
const LONGEST_CHAIN = 10;

/**
 * Whether one of the authorities has signed the peer's certificate, directly or through others that the peer shows, all of
 * them valid now. It is asked in addition to the engine, which lets through (Deno 2.9.6):
 *
 * - a server's certificate of X.509 version 1, or one with such a certificate between it and the authority: it compares
 *   names then, and no signatures, so that anybody can make one;
 * - a client that goes on with an earlier session, whatever authorities there are by now.
 */
export function isCertified(socket: TLSSocket, authorities: readonly X509Certificate[], now = Date.now()): boolean {
  const [own, ...others] = shownBy(socket);
  return own !== undefined && isVersion3(own.raw) && leadsToAuthority(own, new Set(others), authorities, now);
}

/** The peer's certificate, and those that it shows with it. */
function shownBy(socket: TLSSocket): X509Certificate[] {
  const shown: X509Certificate[] = [];
  let link: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (link?.raw && shown.length < LONGEST_CHAIN) {
    shown.push(new X509Certificate(link.raw));
    link = link.issuerCertificate === link ? undefined : link.issuerCertificate;
  }
  return shown;
}

/** @param others Those that no way has led through yet: each is looked at once, however they have signed each other. */
function leadsToAuthority(
  certificate: X509Certificate,
  others: Set<X509Certificate>,
  authorities: readonly X509Certificate[],
  now: number,
): boolean {
  if (!isValidAt(certificate, now)) return false;
  if (authorities.some((authority) => isSignedBy(certificate, authority))) return true;
  for (const other of others) {
    if (!other.ca || !isSignedBy(certificate, other)) continue;
    others.delete(other);
    if (leadsToAuthority(other, others, authorities, now)) return true;
  }
  return false;
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.issuer === issuer.subject && certificate.verify(issuer.publicKey);
}

function isValidAt({ validFrom, validTo }: X509Certificate, time: number): boolean {
  return Date.parse(validFrom) <= time && time <= Date.parse(validTo);
}

/** Whether it says that it is of version 3 (RFC 5280): `SEQUENCE { SEQUENCE { [0] { INTEGER 2 }, …`. */
function isVersion3(der: Uint8Array): boolean {
  const inner = headerLength(der, 0);
  const version = inner + headerLength(der, inner);
  return [0xa0, 3, 2, 1, 2].every((byte, i) => der[version + i] === byte);
}

/** Bytes of tag and length of what begins there. */
function headerLength(der: Uint8Array, at: number): number {
  const length = der[at + 1];
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
}
