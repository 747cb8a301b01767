import { EchoIncompleteError, EchoMismatchError, QUOTED_BYTES } from "../core/errors.ts";
import type { BytePattern } from "../core/byte_pattern.ts";
import type { Connection } from "../net/connection.ts";
import type { LoadPlan } from "./load_plan.ts";
import type { Pacer } from "./pacer.ts";
import type { Tally } from "./tally.ts";

/** What all lanes of a thread share. */
export interface LaneShared {
  /** What is to be done. */
  readonly plan: LoadPlan;
  /** What is counted. */
  readonly tally: Tally;
  /** What is sent. */
  readonly pattern: BytePattern;
  /** Whether no new request is to begin. */
  stopping: boolean;
}

/** One connection's part of the load; the connection itself may be made again after a failure. */
export class Lane {
  /** Its number among the lanes of all threads. */
  readonly index: number;
  /** When its requests are due, in milliseconds from the begin of the load; undefined in a closed loop. */
  readonly pacer: Pacer | undefined;
  /** The time of `performance.now()` at which the load began. */
  origin = 0;
  /** Requests begun, over all its connections. */
  begun = 0;
  /** Requests that are due; a closed loop has no end of them. */
  due: number;
  /** Since when the peer has owed a byte, or a stream has not moved; `Infinity` while nothing is owed. */
  waitingSince = Infinity;
  /** Bytes of the pattern before its first: lanes differ, so that an echo that goes astray shows. */
  readonly offset: number;
  /** The connection at hand. */
  connection: Connection | undefined;
  /** Whether that was ended because the peer owed too long. */
  expired = false;
  /** Called when requests have become due, and when none is to begin any more. */
  wake: () => void = () => {};

  /** Makes one; without a pacer it is a closed loop's. */
  constructor(index: number, pacer: Pacer | undefined) {
    this.index = index;
    this.pacer = pacer;
    this.due = pacer ? 0 : Infinity;
    this.offset = index * OFFSET_STEP;
  }

  /** When a request should be sent, as `performance.now()` tells it; where no schedule says so, when it was. */
  dueAt(request: number, sent: number): number {
    return this.pacer ? this.origin + this.pacer.dueAt(request) : sent;
  }
}

/** Bytes by which the lanes' patterns are apart: any number that makes no lane's pattern that of its neighbour's next request. */
const OFFSET_STEP = 7919;

/** The most bytes that one read takes. */
const LONGEST_READ = 256 * 1024;
/** Bytes beyond what can be under way: a peer that sends more than it should is caught at once, too. */
const SPARE = 512;

/** What a connection receives, held against what it sent. */
export class EchoReceiver {
  /** Bytes that came. */
  received = 0;
  readonly #lane: Lane;
  readonly #shared: LaneShared;
  readonly #buffer: Uint8Array;
  readonly #view: DataView;

  /** Makes one for a new connection of the lane. */
  constructor(lane: Lane, shared: LaneShared) {
    this.#lane = lane;
    this.#shared = shared;
    this.#buffer = new Uint8Array(readLength(shared.plan));
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** The buffer to read into. */
  get buffer(): Uint8Array {
    return this.#buffer;
  }

  /**
   * Takes what a read put into the buffer. Hot path.
   *
   * @param sent Bytes that were sent in all.
   */
  take(n: number, sent: number): void {
    const { tally, pattern, plan } = this.#shared;
    tally.bytesReceived += n;
    const known = Math.min(n, sent - this.received);
    if (plan.verify) {
      const wrong = pattern.mismatch(this.#lane.offset + this.received, this.#view, known);
      if (wrong >= 0) this.#throwMismatch(wrong, known);
    }
    if (known < n) this.#throwMismatch(known, known, n);
    this.received += n;
  }

  #throwMismatch(index: number, known: number, came = known): never {
    const at = this.received + index;
    const length = Math.min(QUOTED_BYTES, known - index);
    const expected = this.#shared.pattern.part(this.#lane.offset + at, length).slice();
    throw new EchoMismatchError(at, expected, this.#buffer.slice(index, Math.min(index + QUOTED_BYTES, came)));
  }
}

/**
 * Bytes that one read takes at most: more than can be under way, since the system is asked again after a read that filled
 * its buffer, which costs a call that brings nothing.
 */
export function readLength({ sizeBytes, pipeline }: LoadPlan): number {
  return Math.min(sizeBytes * pipeline + SPARE, LONGEST_READ);
}

/** The peer sent FIN while it owed something, or while the connection was to go on. */
export function closedEarly(missing: number): EchoIncompleteError {
  const when = missing > 0 ? `with ${missing} bytes unechoed` : "before the end of the bench";
  return new EchoIncompleteError(missing, "closed", `the server closed the connection ${when}`);
}
