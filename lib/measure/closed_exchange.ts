import { delay } from "../core/delay.ts";
import type { Connection } from "../net/connection.ts";
import { closedEarly, EchoReceiver, type Lane, type LaneShared } from "./lane.ts";
import type { LoadPlan } from "./load_plan.ts";

/**
 * The longest request that is written whole before its echo is read, which measured faster: the smallest buffers that Linux
 * lets two ends have hold it. A longer one could wait for its own echo to be read, so that its write goes on beside the
 * reading.
 */
const WRITTEN_FIRST = 4096;
/** The longest that is done so; a longer one is `pipelinedExchange()`'s. */
const LONGEST = 64 * 1024;

/** Whether {@linkcode closedExchange} can do it. */
export function isSimple({ pipeline, ratePerSecond, sizeBytes }: LoadPlan): boolean {
  return pipeline === 1 && ratePerSecond === null && sizeBytes <= LONGEST;
}

/**
 * A closed loop with one request under way: send, wait for the whole echo, send again, until none is to begin any more.
 *
 * @throws {EchoMismatchError} if the echo is wrong.
 * @throws {EchoIncompleteError} if the server closes before the end of an echo.
 */
export async function closedExchange(connection: Connection, lane: Lane, shared: LaneShared): Promise<void> {
  const { plan: { sizeBytes }, tally, pattern } = shared;
  const receiver = new EchoReceiver(lane, shared);
  const { buffer } = receiver;
  let writeFailure: { readonly error: unknown } | undefined;
  const taken = () => void (tally.bytesSent += sizeBytes);
  const failed = (error: unknown) => void (writeFailure = { error });
  for (let sent = 0; !shared.stopping;) {
    const start = lane.waitingSince = performance.now();
    const writing = connection.write(pattern.part(lane.offset + sent, sizeBytes));
    if (sizeBytes <= WRITTEN_FIRST) {
      await writing;
      taken();
    } else writing.then(taken, failed);
    sent += sizeBytes;
    while (receiver.received < sent) {
      const n = await connection.read(buffer);
      if (n === null) {
        // The system tells a reset once: where the write has heard of it, the read sees an end. Both come in one turn.
        if (sizeBytes > WRITTEN_FIRST) await delay(0);
        throw writeFailure ? writeFailure.error : closedEarly(sent - receiver.received);
      }
      receiver.take(n, sent);
      if (receiver.received < sent) lane.waitingSince = performance.now();
    }
    const end = performance.now();
    if (sizeBytes > WRITTEN_FIRST) await writing;
    tally.completed(start, start, end);
  }
  lane.waitingSince = Infinity;
}
