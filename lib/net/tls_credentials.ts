import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { textOf } from "../core/text_of.ts";
import type { TlsClientOptions, TlsServerOptions } from "./tls_options.ts";

/** A certificate in a PEM text, between the lines that mark it. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM text, the first of them first.
 *
 * @param what What it is, such as `the certificate (cert)`.
 * @throws {TypeError} if there is none, or one cannot be read.
 */
export function parseCertificates(pem: string, what: string): X509Certificate[] {
  const found = (typeof pem === "string" && pem.match(CERTIFICATE)) || [];
  if (found.length === 0) {
    throw new TypeError(`cannot use ${what}: it is no PEM text with a line -----BEGIN CERTIFICATE-----`);
  }
  return found.map((text) => {
    try {
      return new X509Certificate(text);
    } catch (cause) {
      throw new TypeError(`cannot use ${what}: it cannot be read (${textOf(cause)})`, { cause });
    }
  });
}

/**
 * Checks what a server shows and trusts.
 *
 * @returns The authorities of clients, where a certificate is asked for.
 * @throws {TypeError} if something is no PEM text, or the key is not the certificate's.
 */
export function serverAuthorities({ cert, key, clientCaCerts }: TlsServerOptions): X509Certificate[] | undefined {
  checkPair(cert, key);
  return clientCaCerts?.flatMap((pem) => parseCertificates(pem, "a client's authority (clientCaCerts)"));
}

/** What a client's options had in them when they were checked, and what came of it. */
interface CheckedClient {
  readonly texts: readonly unknown[];
  readonly authorities: readonly X509Certificate[] | undefined;
}

/** One that connects again and again with the same options has them checked once: a hundred authorities take 3 ms. */
const checkedClients = new WeakMap<TlsClientOptions, CheckedClient>();

/**
 * Checks what a client shows and trusts; options that were checked are not again, unless they have other texts by now.
 *
 * @returns The authorities of servers, where they are not the default ones.
 * @throws {TypeError} if something is no PEM text, or the key is not the certificate's.
 */
export function clientAuthorities(options: TlsClientOptions): readonly X509Certificate[] | undefined {
  const { cert, key, caCerts } = options;
  const texts = [cert, key, caCerts !== undefined, ...caCerts ?? []];
  const checked = checkedClients.get(options);
  if (checked?.texts.length === texts.length && checked.texts.every((text, i) => text === texts[i])) {
    return checked.authorities;
  }
  if (cert !== undefined && key !== undefined) checkPair(cert, key);
  const authorities = caCerts?.flatMap((pem) => parseCertificates(pem, "an authority (caCerts)"));
  checkedClients.set(options, { texts, authorities });
  return authorities;
}

function checkPair(cert: string, key: string): void {
  const [own] = parseCertificates(cert, "the certificate (cert)");
  if (!own.checkPrivateKey(parseKey(key))) {
    throw new TypeError("cannot use the certificate (cert): the key (key) is that of another one");
  }
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new TypeError(`cannot use the key (key): it is no PEM text of a private key without a passphrase`, { cause });
  }
}
