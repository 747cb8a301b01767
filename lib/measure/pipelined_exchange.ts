import type { Connection } from "../net/connection.ts";
import { closedEarly, EchoReceiver, type Lane, type LaneShared } from "./lane.ts";

/**
 * Requests of any length, several of them under way, as they become due: writing goes on beside reading. Ends when none is
 * to begin any more and every echo has come.
 *
 * @throws {EchoMismatchError} if the echo is wrong.
 * @throws {EchoIncompleteError} if the server closes before the end of an echo, or while it is to go on.
 */
export async function pipelinedExchange(connection: Connection, lane: Lane, shared: LaneShared): Promise<void> {
  const exchange = new PipelinedExchange(connection, lane, shared);
  lane.wake = () => exchange.pump();
  try {
    await exchange.run();
  } finally {
    lane.wake = () => {};
  }
}

class PipelinedExchange {
  readonly #connection: Connection;
  readonly #lane: Lane;
  readonly #shared: LaneShared;
  readonly #receiver: EchoReceiver;
  /** The number that the first request of this connection has on the lane. */
  readonly #first: number;
  /** When each request under way was sent, by its number modulo the most that may be. */
  readonly #sentAt: Float64Array;
  /** Requests of this connection that were begun, and those whose whole echo came. */
  #begun = 0;
  #done = 0;
  /** Bytes given to write(), whether it has taken them or not. */
  #sent = 0;
  #writing = false;
  #finished = Promise.withResolvers<void>();

  constructor(connection: Connection, lane: Lane, shared: LaneShared) {
    this.#connection = connection;
    this.#lane = lane;
    this.#shared = shared;
    this.#receiver = new EchoReceiver(lane, shared);
    this.#first = lane.begun;
    this.#sentAt = new Float64Array(shared.plan.pipeline);
  }

  async run(): Promise<void> {
    const reading = this.#read();
    // Where a write fails, the read does too, or its error tells less.
    reading.catch(() => {});
    this.pump();
    await Promise.race([this.#finished.promise, reading]);
  }

  /** Writes what may be written: one part at a time, of one request or of several. */
  pump(): void {
    if (this.#writing) return;
    const { plan: { sizeBytes, pipeline }, pattern } = this.#shared;
    if (!this.#shared.stopping) {
      const allowed = Math.min(this.#done + pipeline, this.#lane.due - this.#first);
      this.#begin(allowed, pattern.longest);
    }
    const left = this.#begun * sizeBytes - this.#sent;
    if (left === 0) return this.#finishIfDone();
    const length = Math.min(left, pattern.longest);
    this.#writing = true;
    const part = pattern.part(this.#lane.offset + this.#sent, length);
    this.#sent += length;
    this.#connection.write(part).then(() => {
      this.#writing = false;
      this.#shared.tally.bytesSent += length;
      this.pump();
    }, this.#finished.reject);
  }

  /** Begins requests, as many as are allowed and fit into one write. */
  #begin(allowed: number, longest: number): void {
    const { sizeBytes, pipeline } = this.#shared.plan;
    // What is left of a request that was begun goes first.
    const room = Math.max(1, Math.floor(longest / sizeBytes));
    if (this.#begun * sizeBytes > this.#sent || allowed <= this.#begun) return;
    const now = performance.now();
    if (this.#begun === this.#done) this.#lane.waitingSince = now;
    for (const end = Math.min(allowed, this.#begun + room); this.#begun < end; this.#begun++) {
      this.#sentAt[(this.#first + this.#begun) % pipeline] = now;
    }
    this.#lane.begun = this.#first + this.#begun;
  }

  async #read(): Promise<void> {
    const { buffer } = this.#receiver;
    for (;;) {
      const n = await this.#connection.read(buffer);
      if (n === null) throw closedEarly(this.#begun * this.#shared.plan.sizeBytes - this.#receiver.received);
      this.#receiver.take(n, this.#sent);
      this.#complete(performance.now());
      this.pump();
    }
  }

  /** Counts the requests whose last byte has come. */
  #complete(now: number): void {
    const { plan: { sizeBytes, pipeline }, tally } = this.#shared;
    const done = Math.floor(this.#receiver.received / sizeBytes);
    for (; this.#done < done; this.#done++) {
      const number = this.#first + this.#done;
      const sent = this.#sentAt[number % pipeline];
      tally.completed(this.#lane.dueAt(number, sent), sent, now);
    }
    this.#lane.waitingSince = this.#done < this.#begun ? now : Infinity;
  }

  #finishIfDone(): void {
    if (this.#shared.stopping && this.#done === this.#begun) this.#finished.resolve();
  }
}
