import type { Connection } from "./connection.ts";
import type { TlsInfo } from "./tls_options.ts";

/**
 * A {@linkcode Connection} whose bytes go through TLS. It keeps the contract of the connection below it, with these
 * differences:
 *
 * - `closeWrite()` and `close()` send close_notify, which is TLS's own FIN, and TCP's FIN behind it. Half-close works both
 *   ways; but a peer may answer close_notify by closing at once, and drop what it had left to send (TLS 1.2 wants it so).
 * - A FIN without close_notify before it may be somebody's who cut the stream: `read()` rejects with `UnexpectedEof`, each
 *   time.
 * - A peer that ends the connection with an alert is told as `ConnectionReset`, bytes that are not what the peer sent as
 *   `InvalidData`.
 * - `close()` sends close_notify behind what was written; a peer that has no room for it within a second does not get it.
 *
 * Socket options, `tcpInfo()` and the addresses are those of the connection below.
 */
export interface TlsConnection extends Connection {
  /** What the handshake has agreed on. */
  readonly tls: TlsInfo;
}
