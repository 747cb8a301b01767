import type { TlsClientOptions, TlsInfo } from "../net/tls_options.ts";
import type { CommandContext } from "./command_context.ts";

/** What TLS came to, in one line for `--verbose`. */
export function tlsLine({ version, cipher, alpnProtocol, peer, verified, handshakeMs }: TlsInfo): string {
  const parts = [`version ${version}`, cipher];
  if (alpnProtocol !== undefined) parts.push(`ALPN ${alpnProtocol}`);
  if (peer !== undefined) parts.push(`peer ${peer}${verified ? "" : " (not checked)"}`);
  return `tls: ${parts.join(", ")}, handshake ${handshakeMs.toFixed(3)} ms`;
}

/** Warns where nobody looks at the server's certificate. */
export function warnOfInsecure(tls: TlsClientOptions | undefined, { logger }: CommandContext): void {
  if (!tls?.insecure) return;
  logger.warn(() => "certificate not checked (--tls-insecure): nothing proves who the server is");
}
