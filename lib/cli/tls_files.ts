import type { TlsClientOptions, TlsOptions, TlsServerOptions } from "../net/tls_options.ts";
import type { OptionValues } from "./option_table.ts";
import { type PemPair, readCertificates, readPair } from "./pem_files.ts";
import { UsageError } from "./usage_error.ts";

/** The options that TLS has on both sides. */
type TlsFlags = Pick<OptionValues, "tls-cert" | "tls-key" | "tls-alpn" | "tls-min" | "tls-max">;

/** Those of a client. */
export type TlsClientFlags = TlsFlags & Pick<OptionValues, "tls" | "tls-ca" | "tls-insecure" | "tls-name">;

/** Those of a server. */
export type TlsServerFlags = TlsFlags & Pick<OptionValues, "tls-client-ca" | "tls-handshake-timeout">;

/** Those of a server that say nothing without a certificate. */
const BESIDE_CERT = ["tls-client-ca", "tls-alpn", "tls-min", "tls-max"] as const;

/**
 * What the TLS options of a client ask for, their files read: `undefined` where there is none. Any one of them asks for
 * TLS, as `--tls` does.
 *
 * @throws {UsageError} if a value or a file is wrong, or options contradict each other.
 */
export async function readTlsClient(options: TlsClientFlags): Promise<TlsClientOptions | undefined> {
  const { tls, "tls-ca": ca, "tls-insecure": insecure, "tls-name": serverName } = options;
  const agreed = readAgreed(options);
  if (insecure && ca !== undefined) {
    throw new UsageError("--tls-insecure and --tls-ca exclude each other: give one of them");
  }
  const pair = await readOwn(options);
  const asked: TlsClientOptions = { ...agreed, ...pair };
  if (serverName !== undefined) asked.serverName = serverName;
  if (insecure) asked.insecure = true;
  if (ca !== undefined) asked.caCerts = [await readCertificates("--tls-ca", ca)];
  return tls || Object.keys(asked).length > 0 ? asked : undefined;
}

/**
 * What the TLS options of `serve` ask for, their files read: `undefined` without `--tls-cert` and `--tls-key`.
 *
 * @throws {UsageError} if a value or a file is wrong, or one is given without those two.
 */
export async function readTlsServer(options: TlsServerFlags): Promise<TlsServerOptions | undefined> {
  const { "tls-client-ca": clientCa, "tls-handshake-timeout": handshakeTimeout } = options;
  const agreed = readAgreed(options);
  const pair = await readOwn(options);
  if (pair === undefined) {
    const alone = BESIDE_CERT.find((name) => options[name] !== undefined);
    if (alone) throw new UsageError(`--${alone} needs a server that speaks TLS: give --tls-cert and --tls-key`);
    return undefined;
  }
  const asked: TlsServerOptions = { ...agreed, ...pair, handshakeTimeout };
  if (clientCa !== undefined) asked.clientCaCerts = [await readCertificates("--tls-client-ca", clientCa)];
  return asked;
}

function readAgreed({ "tls-alpn": alpn, "tls-min": min, "tls-max": max }: TlsFlags): TlsOptions {
  if (min === "1.3" && max === "1.2") {
    throw new UsageError("--tls-min 1.3 is above --tls-max 1.2: leave one out, or give them the other way round");
  }
  const agreed: TlsOptions = {};
  if (alpn !== undefined) agreed.alpnProtocols = readAlpn(alpn);
  if (min !== undefined) agreed.minVersion = min;
  if (max !== undefined) agreed.maxVersion = max;
  return agreed;
}

/** RFC 7301, section 3.1: a name has 1 to 255 bytes; those in use are visible ASCII. */
const PROTOCOL = /^[!-~]{1,255}$/;

function readAlpn(text: string): string[] {
  const protocols = text.split(",");
  const wrong = protocols.find((protocol) => !PROTOCOL.test(protocol));
  if (wrong !== undefined) {
    throw new UsageError(
      `--tls-alpn: bad protocol "${wrong}" in "${text}": use names of 1 to 255 visible characters, such as h2,http/1.1`,
    );
  }
  return protocols;
}

async function readOwn({ "tls-cert": cert, "tls-key": key }: TlsFlags): Promise<PemPair | undefined> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw new UsageError(`--tls-key ${key} is of no use alone: give its --tls-cert, too`);
  if (key === undefined) throw new UsageError(`--tls-cert ${cert} is of no use alone: give its --tls-key, too`);
  return await readPair(cert, key);
}
