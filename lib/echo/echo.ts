import type { Connection } from "../net/connection.ts";
import { grown, receiveBuffer } from "../core/receive_buffer.ts";
import type { ServiceMeter } from "./service.ts";

/**
 * Sends back every byte, in order, until the peer's FIN, and then its own (RFC 862). A peer that does not read is not
 * read from either, so the memory is that of one buffer, 2 KiB growing to 64 KiB.
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
  let buffer = receiveBuffer();
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
    const chunk = buffer.subarray(0, n);
    meter?.received(chunk);
    await connection.write(chunk);
    meter?.sent(chunk);
    buffer = grown(buffer, n);
  }
  await connection.closeWrite();
}
