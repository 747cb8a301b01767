import type { Connection } from "../net/connection.ts";
import { ReceiveBuffer } from "../core/receive_buffer.ts";
import type { ServiceMeter } from "./service.ts";

/**
 * Sends back every byte, in order, until the peer's FIN, and then its own (RFC 862). A peer that does not read is not
 * read from either, so the memory is that of one buffer: 512 bytes at rest, up to 256 KiB under load.
 *
 * @example
 * ```ts
 * import { connectionPair, echo } from "@sounder/tcp";
 *
 * const [client, server] = connectionPair();
 * const served = echo(server);
 * await client.closeWrite();
 * await served;
 * ```
 */
export async function echo(connection: Connection, meter?: ServiceMeter): Promise<void> {
  const buffer = new ReceiveBuffer();
  try {
    for (let n = await connection.read(buffer.bytes); n !== null; n = await connection.read(buffer.bytes)) {
      const chunk = buffer.filled(n);
      meter?.received(chunk);
      await connection.write(chunk);
      meter?.sent(chunk);
      buffer.adapt(n);
    }
  } finally {
    buffer.release();
  }
  await connection.closeWrite();
}
