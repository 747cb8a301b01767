/**
 * Certificates of tests: an authority of its own for each test, so that no key is committed and none expires. ECDSA P-256.
 *
 * @module
 */
import { bits, type Bytes, integer, octets, oid, sequence, set, tagged, time, utf8, yes } from "./der.ts";

/** A certificate and its key, as PEM texts. */
export interface Certificate {
  /** The certificate. */
  readonly cert: string;
  /** Its private key, PKCS #8. */
  readonly key: string;
}

/** What a certificate is to say. */
export interface CertificateOptions {
  /** Host names and IP addresses that it is for; without it `localhost` and `127.0.0.1`. */
  names?: readonly string[];
  /** The subject's common name; without it the first of the names. */
  commonName?: string;
  /** Whether it ran out yesterday. */
  expired?: boolean;
  /** Whether it is of X.509's version 1, which has no extensions: no names but the common name. */
  version1?: boolean;
}

/** What an authority's certificate is to say that another one signs. */
export interface SubordinateOptions {
  /** Whether it ran out yesterday. */
  expired?: boolean;
  /** Whether it says that it is an authority, which it is in any case; without it that it is. */
  ca?: boolean;
}

/** What signs certificates. */
export interface CertificateAuthority {
  /** Its own certificate, to be trusted: PEM. */
  readonly cert: string;
  /** Makes a certificate, for servers and clients alike, with those behind it that lead to the root. */
  issue(options?: CertificateOptions): Promise<Certificate>;
  /** Makes an authority whose certificate this one signs. */
  subordinate(commonName: string, options?: SubordinateOptions): Promise<CertificateAuthority>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const DAY = 24 * 60 * 60 * 1000;

/** What {@linkcode makeCertificate} puts together. */
interface Parts {
  subject: Uint8Array;
  subjectKey: CryptoKey;
  issuer: Uint8Array;
  issuerKeys: CryptoKeyPair;
  /** None for version 1. */
  extensions?: Uint8Array[];
  expired?: boolean;
}

/** Makes an authority; its certificate is signed by itself. */
export async function certificateAuthority(commonName = "Sounder's tests"): Promise<CertificateAuthority> {
  const keys = await keyPair();
  const name = nameOf(commonName);
  const cert = await makeCertificate({
    subject: name,
    subjectKey: keys.publicKey,
    issuer: name,
    issuerKeys: keys,
    extensions: authorityExtensions(true),
  });
  return authorityOf({ name, keys, cert, chain: "" });
}

/** What an authority signs with. */
interface Signer {
  name: Bytes;
  keys: CryptoKeyPair;
  cert: string;
  /** The certificates that lead from it to the root, without the root's: empty for the root. */
  chain: string;
}

function authorityOf({ name, keys, cert, chain }: Signer): CertificateAuthority {
  return {
    cert,
    issue: async ({ names = ["localhost", "127.0.0.1"], commonName = names[0], expired, version1 } = {}) => {
      const own = await keyPair();
      const issued = await makeCertificate({
        subject: nameOf(commonName),
        subjectKey: own.publicKey,
        issuer: name,
        issuerKeys: keys,
        extensions: version1 ? undefined : leafExtensions(names),
        expired,
      });
      return { cert: issued + chain, key: pem("PRIVATE KEY", await exported("pkcs8", own.privateKey)) };
    },
    subordinate: async (commonName, { expired, ca = true } = {}) => {
      const own = await keyPair();
      const subject = nameOf(commonName);
      const signed = await makeCertificate({
        subject,
        subjectKey: own.publicKey,
        issuer: name,
        issuerKeys: keys,
        extensions: authorityExtensions(ca),
        expired,
      });
      return authorityOf({ name: subject, keys: own, cert: signed, chain: signed + chain });
    },
  };
}

/** Makes a certificate that nobody but itself has signed. */
export async function selfSigned(names: readonly string[] = ["localhost", "127.0.0.1"]): Promise<Certificate> {
  const keys = await keyPair();
  const name = nameOf(names[0]);
  const cert = await makeCertificate({
    subject: name,
    subjectKey: keys.publicKey,
    issuer: name,
    issuerKeys: keys,
    extensions: leafExtensions(names),
  });
  return { cert, key: pem("PRIVATE KEY", await exported("pkcs8", keys.privateKey)) };
}

function authorityExtensions(ca: boolean): Uint8Array[] {
  return [
    extension("2.5.29.19", ca ? sequence(yes()) : sequence(), true),
    extension("2.5.29.15", bits(new Uint8Array([0b0000_0110]), 1), true), // keyCertSign, cRLSign
  ];
}

function leafExtensions(names: readonly string[]): Uint8Array[] {
  const serverAndClient = sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"));
  return [
    extension("2.5.29.19", sequence(), true), // CA:FALSE
    extension("2.5.29.15", bits(new Uint8Array([0b1000_0000]), 7), true), // digitalSignature
    extension("2.5.29.37", serverAndClient),
    extension("2.5.29.17", sequence(...names.map(alternativeName))),
  ];
}

async function makeCertificate(parts: Parts): Promise<string> {
  const spki = await exported("spki", parts.subjectKey);
  const issuerSpki = await exported("spki", parts.issuerKeys.publicKey);
  const [from, until] = parts.expired ? [-2 * DAY, -DAY] : [-DAY, DAY];
  const extensions = parts.extensions && [
    ...parts.extensions,
    extension("2.5.29.14", octets(await keyIdentifier(spki))),
    extension("2.5.29.35", sequence(tagged(0x80, await keyIdentifier(issuerSpki)))),
  ];
  const toBeSigned = sequence(
    ...(extensions ? [tagged(0xa0, integer(new Uint8Array([2])))] : []), // version 3
    integer(crypto.getRandomValues(new Uint8Array(8))),
    ECDSA_WITH_SHA256,
    parts.issuer,
    sequence(time(new Date(Date.now() + from)), time(new Date(Date.now() + until))),
    parts.subject,
    spki,
    ...(extensions ? [tagged(0xa3, sequence(...extensions))] : []),
  );
  const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, parts.issuerKeys.privateKey, toBeSigned));
  // Web Crypto gives the two numbers of it side by side.
  const numbers = sequence(integer(signature.subarray(0, 32)), integer(signature.subarray(32)));
  return pem("CERTIFICATE", sequence(toBeSigned, ECDSA_WITH_SHA256, bits(numbers)));
}

function extension(id: string, value: Uint8Array, critical = false): Bytes {
  return sequence(oid(id), ...(critical ? [yes()] : []), octets(value));
}

function nameOf(commonName: string): Bytes {
  return sequence(set(sequence(oid("2.5.4.3"), utf8(commonName))));
}

/** An IPv4 address as its bytes, `::1` as its own, and else a host name. */
function alternativeName(name: string): Bytes {
  if (/^[\d.]+$/.test(name)) return tagged(0x87, new Uint8Array(name.split(".").map(Number)));
  if (name === "::1") return tagged(0x87, new Uint8Array(16).fill(1, 15));
  return tagged(0x82, new TextEncoder().encode(name));
}

function keyPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exported(format: "spki" | "pkcs8", key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey(format, key));
}

/** What tells the keys of authorities apart: a digest of the key. */
async function keyIdentifier(spki: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", spki));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g)!;
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
