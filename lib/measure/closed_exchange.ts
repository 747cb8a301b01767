import type { Connection } from "../net/connection.ts";
import { closedEarly, EchoReceiver, type Lane, type LaneShared } from "./lane.ts";
import type { LoadPlan } from "./load_plan.ts";

/**
 * The longest request that is written whole before its echo is read: the smallest buffers that Linux lets two ends have
 * hold it. A longer one could wait for its own echo to be read.
 */
const LONGEST = 4096;

/** Whether {@linkcode closedExchange} can do it. */
export function isSimple({ pipeline, ratePerSecond, sizeBytes }: LoadPlan): boolean {
  return pipeline === 1 && ratePerSecond === null && sizeBytes <= LONGEST;
}

/**
 * A closed loop with one short request under way: send, wait for the whole echo, send again, until none is to begin any
 * more. It awaits one thing after the other, which measured faster than callbacks or a write that goes on beside the read.
 *
 * @throws {EchoMismatchError} if the echo is wrong.
 * @throws {EchoIncompleteError} if the server closes before the end of an echo.
 */
export async function closedExchange(connection: Connection, lane: Lane, shared: LaneShared): Promise<void> {
  const { plan: { sizeBytes }, tally, pattern } = shared;
  const receiver = new EchoReceiver(lane, shared);
  const { buffer } = receiver;
  for (let sent = 0; !shared.stopping;) {
    const start = lane.waitingSince = performance.now();
    await connection.write(pattern.part(lane.offset + sent, sizeBytes));
    sent += sizeBytes;
    tally.bytesSent += sizeBytes;
    while (receiver.received < sent) {
      const n = await connection.read(buffer);
      if (n === null) throw closedEarly(sent - receiver.received);
      receiver.take(n, sent);
      if (receiver.received < sent) lane.waitingSince = performance.now();
    }
    tally.completed(start, start, performance.now());
  }
  lane.waitingSince = Infinity;
}
