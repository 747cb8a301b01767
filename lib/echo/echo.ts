import type { Connection } from "../net/connection.ts";
import type { ServiceMeter } from "./service.ts";

/** Small at rest: 10,000 idle connections then hold 20 MB instead of 640 MB. */
const FIRST_BUFFER = 2 * 1024;
/** Large under load: bigger buffers make no read faster. */
const LARGEST_BUFFER = 64 * 1024;

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
  let buffer = new Uint8Array(FIRST_BUFFER);
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
    const chunk = buffer.subarray(0, n);
    meter?.received(chunk);
    await connection.write(chunk);
    meter?.sent(chunk);
    if (n === buffer.length && n < LARGEST_BUFFER) buffer = new Uint8Array(Math.min(8 * n, LARGEST_BUFFER));
  }
  await connection.closeWrite();
}
