import type { KeyObject, X509Certificate } from "node:crypto";
import { fileError } from "./file_error.ts";
import { UsageError } from "./usage_error.ts";

/** A certificate and its private key, as PEM texts. */
export interface PemPair {
  /** The certificate; those between it and its root follow. */
  readonly cert: string;
  /** Its key. */
  readonly key: string;
}

/**
 * Reads the certificates of a PEM file; what else is in it is left out.
 *
 * @param flag The option that names the file.
 * @throws {UsageError} if it cannot be read, or has no certificate or a damaged one.
 */
export async function readCertificates(flag: string, path: string): Promise<string> {
  return (await certificatesOf(flag, path)).map(({ text }) => text).join("\n") + "\n";
}

/**
 * Reads a certificate and its key, from the files of `--tls-cert` and `--tls-key`.
 *
 * @throws {UsageError} if one cannot be read, has not what it should have, or the two do not belong together.
 */
export async function readPair(certPath: string, keyPath: string): Promise<PemPair> {
  const [certificates, key] = await Promise.all([
    certificatesOf("--tls-cert", certPath),
    privateKeyOf("--tls-key", keyPath),
  ]);
  const owner = certificates.findIndex(({ parsed }) => parsed.checkPrivateKey(key.parsed));
  if (owner < 0) {
    throw new UsageError(
      `--tls-key: ${keyPath} is not the key of the certificate in ${certPath}: give the one that it was made with`,
    );
  }
  if (owner > 0) {
    throw new UsageError(
      `--tls-cert: the key's certificate is number ${owner + 1} in ${certPath}: put it first, its issuer next`,
    );
  }
  return { cert: certificates.map(({ text }) => text).join("\n") + "\n", key: key.text + "\n" };
}

/** A part of a PEM file (RFC 7468). */
interface PemBlock {
  /** What it says that it is, such as `CERTIFICATE`. */
  readonly label: string;
  /** The whole of it, first and last line included. */
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;
const KEY_LABEL = /PRIVATE KEY$/;

async function certificatesOf(flag: string, path: string): Promise<{ text: string; parsed: X509Certificate }[]> {
  const { X509Certificate } = await import("node:crypto");
  const blocks = await blocksOf(flag, path);
  const found = blocks.filter(({ label }) => label === "CERTIFICATE");
  if (found.length === 0) {
    const what = blocks.some(({ label }) => KEY_LABEL.test(label))
      ? "a private key and no certificate: give the certificate, and its key with --tls-key"
      : "no certificate: use a PEM file, where one stands after -----BEGIN CERTIFICATE-----";
    throw new UsageError(`${flag}: ${path} holds ${what}`);
  }
  return found.map(({ text }, index) => {
    const which = found.length === 1 ? "the certificate" : `certificate ${index + 1} of ${found.length}`;
    return { text, parsed: decoded(() => new X509Certificate(text), `${flag}: ${which} in ${path}`) };
  });
}

async function privateKeyOf(flag: string, path: string): Promise<{ text: string; parsed: KeyObject }> {
  const { createPrivateKey } = await import("node:crypto");
  const blocks = await blocksOf(flag, path);
  const found = blocks.find(({ label }) => KEY_LABEL.test(label));
  if (found === undefined) {
    const what = blocks.some(({ label }) => label === "CERTIFICATE")
      ? "a certificate and no private key: give the key, and its certificate with --tls-cert"
      : "no private key: use a PEM file, where one stands after -----BEGIN PRIVATE KEY-----";
    throw new UsageError(`${flag}: ${path} holds ${what}`);
  }
  // PKCS #8 says so in the label, the older forms in a header (RFC 1421).
  if (found.label.startsWith("ENCRYPTED") || found.text.includes("ENCRYPTED\n")) {
    throw new UsageError(`${flag}: the key in ${path} is encrypted: give a plain copy, which openssl pkey writes`);
  }
  return { text: found.text, parsed: decoded(() => createPrivateKey(found.text), `${flag}: the key in ${path}`) };
}

async function blocksOf(flag: string, path: string): Promise<PemBlock[]> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    const { message } = fileError("read", path, cause, "--allow-read");
    throw new UsageError(`${flag}: ${message}`, { cause });
  });
  return Array.from(text.replaceAll("\r\n", "\n").matchAll(BLOCK), ([text, label]) => ({ label, text }));
}

function decoded<T>(decode: () => T, what: string): T {
  try {
    return decode();
  } catch (cause) {
    throw new UsageError(`${what} is damaged (${(cause as Error).message}): make or copy it again`, { cause });
  }
}
