import { connect, type ConnectOptions } from "../net/connect.ts";
import { makeProtocol } from "./make_protocol.ts";
import { createTransport, type TransportOptions } from "./create_transport.ts";
import type { BufferedProtocol, Protocol } from "./protocol.ts";
import type { Transport } from "./transport.ts";

/** Options for {@linkcode createConnection}. */
export interface CreateConnectionOptions extends ConnectOptions, TransportOptions {}

/**
 * Connects, and has a protocol called for the connection: asyncio's `create_connection()`. `connectionMade()` has been
 * called when the promise resolves: if it threw, the transport is closing already.
 *
 * @param factory Makes the protocol; called when the connection stands.
 * @throws {ConnectError} if the connection could not be made, and what else {@linkcode connect} throws.
 * @throws {TypeError} if the factory makes no protocol, and what it throws itself; the connection is aborted then.
 *
 * @example
 * ```ts
 * import { createConnection, serve } from "@sounder/tcp";
 *
 * await using server = serve({ port: 0 });
 * const received = Promise.withResolvers<Uint8Array>();
 * const [transport] = await createConnection(() => ({ dataReceived: received.resolve }), server.addr);
 * transport.write(new TextEncoder().encode("hello"));
 * console.log(new TextDecoder().decode(await received.promise)); // hello
 * transport.close();
 * ```
 */
export async function createConnection<P extends Protocol | BufferedProtocol>(
  factory: () => P,
  options: CreateConnectionOptions,
): Promise<[transport: Transport, protocol: P]> {
  const connection = await connect(options);
  let protocol: P;
  try {
    protocol = makeProtocol(factory);
  } catch (error) {
    connection.abort();
    throw error;
  }
  return [createTransport(connection, protocol, options), protocol];
}
