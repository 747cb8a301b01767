import { LONGEST_TIMER } from "../core/delay.ts";
import type { RateLimit } from "../core/rate_limit.ts";
import type { Connection } from "../net/connection.ts";
import { WrappedConnection } from "../net/wrapped_connection.ts";

/** The rates that hold for one direction: the connection's own, and that of all connections together. */
export interface DirectionLimits {
  /** Each is waited for. */
  readonly rates: readonly RateLimit[];
  /** Bytes that are asked for, or handed over, at a time at most: the smallest burst. */
  readonly slice: number;
}

/** What a limited connection may do. */
export interface ConnectionLimits {
  /** What it may send us. */
  readonly received: DirectionLimits;
  /** What it may be sent. */
  readonly sent: DirectionLimits;
  /** Bytes in each direction at most. */
  readonly maxBytes: number;
  /** The clock of the rates, in milliseconds. */
  readonly now: () => number;
  /** Called when it begins to wait for a rate: its read, its write, or both. */
  readonly onPause: () => void;
  /** Called when it waits no more. */
  readonly onResume: () => void;
  /** Called when `maxBytes` are reached, with what was written of the write under way. */
  readonly onMaxBytes: (written: Uint8Array) => void;
}

/**
 * The same connection, no faster than its rates (a read beyond them is waited for before the next), and for no more than its bytes: then a read gives the end of the stream,
 * and each write `BrokenPipe`. Further reads go on, for who throws away what comes until the peer's FIN. A pause ends at
 * once when the connection is closed.
 */
export function limitConnection(connection: Connection, limits: ConnectionLimits): Connection {
  return new LimitedConnection(connection, limits);
}

class LimitedConnection extends WrappedConnection {
  readonly #limits: ConnectionLimits;
  #received = 0;
  #sent = 0;
  /** When the next read may begin. */
  #readDue = -Infinity;
  #closed = false;
  #endTold = false;
  /** What ends the pauses under way: of a read and a write at the most. */
  readonly #wakers = new Set<() => void>();

  constructor(inner: Connection, limits: ConnectionLimits) {
    super(inner);
    this.#limits = limits;
  }

  override async read(p: Uint8Array): Promise<number | null> {
    const { received, maxBytes, onMaxBytes } = this.#limits;
    const left = this.#endTold ? Infinity : maxBytes - this.#received;
    if (left === 0 && p.length > 0 && !this.#closed) {
      this.#endTold = true;
      onMaxBytes(NOTHING);
      return null;
    }
    await this.#pause(this.#readDue - this.#limits.now());
    const n = await this.inner.read(p.subarray(0, Math.min(received.slice, left)));
    if (n === null) return null;
    this.#received += n;
    // What has come is handed over at once, so that it counts as owed: it is the next read that waits.
    this.#readDue = this.#charge(n, received.rates);
    return n;
  }

  override async write(p: Uint8Array): Promise<void> {
    const { sent, maxBytes, onMaxBytes } = this.#limits;
    for (let done = 0; done < p.length;) {
      if (this.#sent >= maxBytes && !this.#closed) {
        onMaxBytes(p.subarray(0, done));
        throw new Deno.errors.BrokenPipe("as many bytes were sent as may be");
      }
      const part = p.subarray(done, done + Math.min(sent.slice, maxBytes - this.#sent));
      await this.#pause(this.#charge(part.length, sent.rates) - this.#limits.now());
      await this.inner.write(part);
      this.#sent += part.length;
      done += part.length;
    }
  }

  override close(): void {
    this.#wake();
    this.inner.close();
  }

  override abort(): void {
    this.#wake();
    this.inner.abort();
  }

  /** Takes bytes from the rates. @returns When they are paid for. */
  #charge(bytes: number, rates: readonly RateLimit[]): number {
    const now = this.#limits.now();
    return now + Math.max(0, ...rates.map((rate) => rate.take(bytes, now)));
  }

  async #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#wakers.size === 0) this.#limits.onPause();
    this.#wakers.add(resolve);
    const timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER));
    await promise;
    clearTimeout(timer);
    this.#wakers.delete(resolve);
    if (this.#closed) throw new Deno.errors.Interrupted("the connection was closed while it waited for its rate");
    if (this.#wakers.size === 0) this.#limits.onResume();
  }

  #wake(): void {
    this.#closed = true;
    for (const wake of this.#wakers) wake();
  }
}

const NOTHING = new Uint8Array();
