import type { Connection } from "../net/connection.ts";
import { denoConnOf } from "../net/from_deno_conn.ts";
import type { TlsConnection } from "../net/tls_connection.ts";
import { tryTcpInfo } from "../socket/try_tcp_info.ts";
import type { ExtraInfo } from "./transport.ts";

const READERS: { [K in keyof ExtraInfo]: (connection: Connection) => ExtraInfo[K] } = {
  peername: (connection) => connection.remoteAddr,
  sockname: (connection) => connection.localAddr,
  socketOptions: (connection) => connection.socketOptions,
  tcpInfo: (connection) => tryTcpInfo(connection),
  tls: (connection) => (connection as Partial<TlsConnection>).tls,
  conn: (connection) => denoConnOf(connection),
};

/**
 * What is known of a connection.
 *
 * @throws {TypeError} if there is nothing of that name.
 */
export function extraInfo<K extends keyof ExtraInfo>(connection: Connection, name: K): ExtraInfo[K] {
  if (!Object.hasOwn(READERS, name)) {
    throw new TypeError(`cannot get "${name}": use one of ${Object.keys(READERS).join(", ")}`);
  }
  return READERS[name](connection);
}
