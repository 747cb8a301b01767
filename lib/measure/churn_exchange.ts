import type { Connection } from "../net/connection.ts";
import { closedEarly, EchoReceiver, type Lane, type LaneShared } from "./lane.ts";

/**
 * One request on a connection of its own: it is written while its echo is read.
 *
 * @throws {EchoMismatchError} if the echo is wrong.
 * @throws {EchoIncompleteError} if the server closes before the end of the echo.
 */
export async function churnExchange(connection: Connection, lane: Lane, shared: LaneShared): Promise<void> {
  const { plan: { sizeBytes }, tally, pattern } = shared;
  const receiver = new EchoReceiver(lane, shared);
  let sent = 0;
  lane.waitingSince = performance.now();
  const write = async () => {
    while (sent < sizeBytes) {
      const part = pattern.part(lane.offset + sent, Math.min(sizeBytes - sent, pattern.longest));
      sent += part.length;
      await connection.write(part);
      tally.bytesSent += part.length;
    }
  };
  const read = async () => {
    while (receiver.received < sizeBytes) {
      const n = await connection.read(receiver.buffer);
      if (n === null) throw closedEarly(sizeBytes - receiver.received);
      receiver.take(n, sent);
      lane.waitingSince = performance.now();
    }
  };
  await Promise.all([read(), write()]);
}
