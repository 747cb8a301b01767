/**
 * Sounder: an echo server, a client that proves that every byte came back, and the TCP parts they are made of.
 *
 * - {@linkcode serve} starts a server (echo, discard, chargen) and {@linkcode connectEcho} a verifying client.
 * - {@linkcode connect}, {@linkcode listen} and {@linkcode acceptLoop} are what they stand on: connections that tell why
 *   they failed, and an accept loop that no peer can end.
 * - {@linkcode startTls} and {@linkcode tlsAcceptor} put TLS on a connection, and `connect({ tls })` does at once.
 * - {@linkcode setSocketOptions}, {@linkcode getSocketOptions} and {@linkcode tcpInfo} work on Deno's own connections and
 *   listeners as well, with `--allow-ffi`.
 * - {@linkcode createConnection}, {@linkcode createServer} and {@linkcode createTransport} are asyncio's `Transport` and
 *   `Protocol`: callbacks with flow control.
 * - {@linkcode connectionPair} is a connection in memory that can misbehave, for tests.
 *
 * Durations are milliseconds and sizes are bytes, everywhere.
 *
 * @example An echo server and a client in one program
 * ```ts
 * import { connectEcho, serve } from "jsr:@sounder/tcp";
 *
 * await using server = serve({ hostname: "127.0.0.1", port: 0 });
 * using client = await connectEcho(server.addr);
 * const echoes = await client.exchange(["data1\n", "data2\n"], { timeout: 5500 });
 * console.log(echoes.length); // 2
 * ```
 *
 * @module
 */

export { type Address, formatAddress, parseAddress, type ParseAddressOptions } from "./lib/core/address.ts";
export {
  ConnectError,
  type ConnectErrorKind,
  EchoIncompleteError,
  type EchoIncompleteReason,
  EchoMismatchError,
} from "./lib/core/errors.ts";
export type { LogFields, Logger } from "./lib/core/logger.ts";
export { formatDuration, parseDuration, parseRate, parseSize } from "./lib/core/units.ts";

export { getSocketOptions, type SocketOptionValues } from "./lib/socket/get_socket_options.ts";
export type { SocketOptionValue } from "./lib/socket/option_row.ts";
export type { SocketOptionReport } from "./lib/socket/report_option.ts";
export { setSocketOptions } from "./lib/socket/set_socket_options.ts";
export { SocketOptionError, type SocketOptionErrorKind } from "./lib/socket/socket_option_error.ts";
export type {
  ConnectorSocketOptions,
  KeepAliveOptions,
  ListenerSocketOptions,
  RawSocketOption,
  SocketOptions,
} from "./lib/socket/socket_options.ts";
export type { ConnectedSocket, ListeningSocket, SocketTarget } from "./lib/socket/socket_target.ts";
export {
  type CongestionState,
  type TcpInfo,
  tcpInfo,
  type TcpInfoOption,
  type TcpState,
} from "./lib/socket/tcp_info.ts";

export { acceptLoop, type AcceptLoopOptions } from "./lib/net/accept_loop.ts";
export { connect, type ConnectOptions } from "./lib/net/connect.ts";
export type { Connection } from "./lib/net/connection.ts";
export { connectionPair, type ConnectionPairOptions } from "./lib/net/connection_pair.ts";
export { fromDenoConn } from "./lib/net/from_deno_conn.ts";
export { listen, type Listener, type ListenOptions } from "./lib/net/listen.ts";
export type { MemoryLinkOptions } from "./lib/net/memory_link.ts";
export { startTls, type StartTlsOptions } from "./lib/net/start_tls.ts";
export { type TlsAcceptor, tlsAcceptor } from "./lib/net/tls_acceptor.ts";
export type { TlsConnection } from "./lib/net/tls_connection.ts";
export type { TlsClientOptions, TlsInfo, TlsOptions, TlsServerOptions, TlsVersion } from "./lib/net/tls_options.ts";

export { createConnection, type CreateConnectionOptions } from "./lib/transport/create_connection.ts";
export { createServer, type CreateServerOptions, type ProtocolServer } from "./lib/transport/create_server.ts";
export { createTransport, type TransportOptions } from "./lib/transport/create_transport.ts";
export type { BufferedProtocol, Protocol } from "./lib/transport/protocol.ts";
export { startTransportTls, type StartTransportTlsOptions } from "./lib/transport/start_transport_tls.ts";
export type { ExtraInfo, Transport, WriteBufferLimits } from "./lib/transport/transport.ts";

export { chargen } from "./lib/echo/chargen.ts";
export type { ConnectionsOptions, ConnectionState } from "./lib/echo/connection_state.ts";
export { connectEcho, type ConnectEchoOptions, createEchoClient } from "./lib/echo/connect_echo.ts";
export { discard } from "./lib/echo/discard.ts";
export { echo } from "./lib/echo/echo.ts";
export type { EchoClient, EchoStreamOptions, ExchangeOptions } from "./lib/echo/echo_client.ts";
export type {
  EchoServer,
  ServeEndpoint,
  ServeOptions,
  ServeReload,
  ServerEndpoint,
  ShutdownReport,
} from "./lib/echo/echo_server.ts";
export { serve } from "./lib/echo/serve.ts";
export {
  type BandwidthFault,
  type CorruptFault,
  DELAY_DISTRIBUTIONS,
  type DelayDistribution,
  type DelayFault,
  type EarlyFinFault,
  type Fault,
  FAULT_KINDS,
  type FaultKind,
  type FaultOffset,
  type FaultShare,
  type LimitFault,
  type RefuseFault,
  type ResetFault,
  type SliceFault,
  type StallFault,
  type TruncateFault,
} from "./lib/echo/fault.ts";
export { FaultInjected } from "./lib/echo/fault_injected.ts";
export {
  bandwidth,
  corrupt,
  delay,
  earlyFin,
  type FaultOptions,
  limit,
  refuse,
  reset,
  slice,
  stall,
  truncate,
} from "./lib/echo/faults.ts";
export { formatFault, parseFault } from "./lib/echo/parse_fault.ts";
export type { ServeLimits } from "./lib/echo/serve_limits.ts";
export type { LimitReason, RefusalReason, ServerStats } from "./lib/echo/server_stats.ts";
export type {
  CloseReason,
  ServedConnectionInfo,
  ServedConnectionSummary,
} from "./lib/echo/served_connection_summary.ts";
export type { Service, ServiceMeter, ServiceName } from "./lib/echo/service.ts";
