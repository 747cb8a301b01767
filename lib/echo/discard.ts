import type { Connection } from "../net/connection.ts";
import { ReceiveBuffer } from "../core/receive_buffer.ts";
import type { ServiceMeter } from "./service.ts";

/**
 * Reads and throws away until the peer's FIN, and then sends its own (RFC 863).
 *
 * @example
 * ```ts
 * import { connectionPair, discard } from "@sounder/tcp";
 *
 * const [client, server] = connectionPair();
 * const served = discard(server);
 * await client.write(new Uint8Array(1000));
 * await client.closeWrite();
 * await served;
 * ```
 */
export async function discard(connection: Connection, meter?: ServiceMeter): Promise<void> {
  await drain(connection, meter);
  await connection.closeWrite();
}

/** Reads and throws away until the peer's FIN. */
export async function drain(connection: Connection, meter?: ServiceMeter): Promise<void> {
  const buffer = new ReceiveBuffer();
  try {
    for (let n = await connection.read(buffer.bytes); n !== null; n = await connection.read(buffer.bytes)) {
      meter?.received(buffer.filled(n));
      buffer.adapt(n);
    }
  } finally {
    buffer.release();
  }
}
