import type { TlsInfo } from "../net/tls_options.ts";

/** What TLS came to, in one line for `--verbose`. */
export function tlsLine({ version, cipher, alpnProtocol, peer, handshakeMs }: TlsInfo): string {
  const parts = [`version ${version}`, cipher];
  if (alpnProtocol !== undefined) parts.push(`ALPN ${alpnProtocol}`);
  if (peer !== undefined) parts.push(`peer ${peer}`);
  return `tls: ${parts.join(", ")}, handshake ${handshakeMs.toFixed(3)} ms`;
}
