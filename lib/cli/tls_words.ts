/** What the library calls the TLS options, and the command line. */
const FLAGS: Record<string, string> = {
  caCerts: "--tls-ca",
  clientCaCerts: "--tls-client-ca",
  "with insecure": "with --tls-insecure",
  serverName: "--tls-name",
  "cert and key": "--tls-cert and --tls-key",
  minVersion: "--tls-min",
  maxVersion: "--tls-max",
  alpnProtocols: "--tls-alpn",
};

const WORDS = new RegExp(`\\b(${Object.keys(FLAGS).join("|")})\\b`, "g");

/** A message of the library's about TLS, with the options named as on the command line. */
export function withTlsFlags(message: string): string {
  return message.replaceAll(WORDS, (word) => FLAGS[word]);
}

/** The same for a failure of some kind, whose message is left as it is where it is not of TLS. */
export function failureText({ kind, message }: { kind: string; message: string }): string {
  return kind === "tls" ? withTlsFlags(message) : message;
}
