import { startTls, type StartTlsOptions } from "../net/start_tls.ts";
import type { TlsAcceptor } from "../net/tls_acceptor.ts";
import { StreamTransport } from "./stream_transport.ts";
import type { Transport } from "./transport.ts";

/** Options for {@linkcode startTransportTls}. */
export interface StartTransportTlsOptions extends StartTlsOptions {
  /** Does the server's part, and none of the other options counts; without it the client's part is done. */
  acceptor?: TlsAcceptor;
}

/**
 * Begins TLS on a connection in use (STARTTLS): asyncio's `loop.start_tls()`. What was written before goes out in plain
 * first; what has come and was not delivered belongs to TLS. The protocol keeps its place, and `connectionMade()` is not
 * called again: it is to write to the transport that this gives, and the old one takes nothing any more.
 *
 * @throws {ConnectError} if the two ends did not agree; `connectionLost()` gets the same error then.
 * @throws {Deno.errors.BadResource} if the transport is closing, or was closed meanwhile.
 * @throws {TypeError} if the transport is none of this library's, and what else {@linkcode startTls} throws.
 *
 * @example
 * ```ts
 * import { createConnection, startTransportTls, type Transport } from "@sounder/tcp";
 *
 * async function begin(hostname: string, port: number, caCerts: string[]) {
 *   const ready = Promise.withResolvers<Uint8Array>();
 *   const [plain] = await createConnection(() => ({ dataReceived: ready.resolve }), { hostname, port });
 *   plain.write(new TextEncoder().encode("STARTTLS\r\n"));
 *   await ready.promise; // 220 Ready to start TLS
 *   const transport: Transport = await startTransportTls(plain, { serverName: hostname, caCerts });
 *   console.log(transport.getExtraInfo("tls")?.version); // 1.3
 * }
 * ```
 */
export async function startTransportTls(
  transport: Transport,
  { acceptor, ...options }: StartTransportTlsOptions = {},
): Promise<Transport> {
  if (!(transport instanceof StreamTransport)) {
    throw new TypeError("cannot begin TLS: the transport is none that this library made");
  }
  return await transport.succeed((connection) =>
    acceptor ? acceptor.accept(connection) : startTls(connection, options)
  );
}
