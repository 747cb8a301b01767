import type { Connection } from "../net/connection.ts";
import { closedEarly, EchoReceiver, type Lane, type LaneShared } from "./lane.ts";

/**
 * As many bytes as go through: to the server, from it, or through an echo server and back. At the end it sends FIN and reads
 * on to the server's, so that what counts as sent has arrived; a stream from the server is left where it is.
 *
 * @throws {EchoMismatchError} if an echo is wrong.
 * @throws {EchoIncompleteError} if the server closes before its time.
 */
export async function streamExchange(connection: Connection, lane: Lane, shared: LaneShared): Promise<void> {
  const stream = new Stream(connection, lane, shared);
  lane.waitingSince = performance.now();
  if (shared.plan.direction === "down") await stream.read();
  else await Promise.all([stream.read(), stream.write()]);
  lane.waitingSince = Infinity;
}

class Stream {
  readonly #connection: Connection;
  readonly #lane: Lane;
  readonly #shared: LaneShared;
  /** Bytes given to write(), whether it has taken them or not. */
  #sent = 0;

  constructor(connection: Connection, lane: Lane, shared: LaneShared) {
    this.#connection = connection;
    this.#lane = lane;
    this.#shared = shared;
  }

  async write(): Promise<void> {
    const { plan: { sizeBytes }, tally, pattern } = this.#shared;
    while (!this.#shared.stopping) {
      const part = pattern.part(this.#lane.offset + this.#sent, Math.min(sizeBytes, pattern.longest));
      this.#sent += part.length;
      await this.#connection.write(part);
      tally.bytesSent += part.length;
      tally.moved(this.#lane.waitingSince = performance.now());
    }
    await this.#connection.closeWrite();
  }

  async read(): Promise<void> {
    const { plan: { direction }, tally } = this.#shared;
    const receiver = new EchoReceiver(this.#lane, this.#shared);
    let n = await this.#connection.read(receiver.buffer);
    for (; n !== null; n = await this.#connection.read(receiver.buffer)) {
      // What a server sends of its own is no echo.
      if (direction === "both") receiver.take(n, this.#sent);
      else tally.bytesReceived += n;
      const now = performance.now();
      tally.moved(now);
      // Nothing is owed by a server that only takes, but its FIN.
      if (direction !== "up") this.#lane.waitingSince = now;
      if (direction === "down" && this.#shared.stopping) return;
    }
    const owed = direction === "both" ? this.#sent - receiver.received : 0;
    if (!this.#shared.stopping || owed > 0) throw closedEarly(owed);
  }
}
