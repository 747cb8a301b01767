import type { ConnectOptions } from "../net/connect.ts";
import { connectionPair } from "../net/connection_pair.ts";
import { type BeginTls, prepareTls } from "../net/start_tls.ts";

/**
 * Gets the TLS engine going, where connections are to speak TLS. The first handshake of a process takes some 30 ms longer
 * than the next: that is no part of anybody's path, so one goes ahead, in memory, with nobody.
 *
 * @param tls See `ConnectOptions`.
 * @returns What begins TLS on a connection; undefined without TLS.
 * @throws {TypeError} if a certificate or key cannot be used.
 */
export async function warmTls(tls: ConnectOptions["tls"]): Promise<BeginTls | undefined> {
  if (!tls) return undefined;
  const begin = await prepareTls(tls === true ? {} : tls);
  const [near, far] = connectionPair();
  // It cannot but fail: the far end only takes its first bytes.
  const failed = begin(near, "localhost", "nobody").then((secured) => secured.close(), () => {});
  await Promise.race([far.read(new Uint8Array(1)), failed]);
  far.close();
  await failed;
  return begin;
}
