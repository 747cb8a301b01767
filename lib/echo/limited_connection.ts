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
 * The same connection, no faster than its rates, and for no more than its bytes: then a read gives the end of the stream,
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
    const n = await this.inner.read(p.subarray(0, Math.min(received.slice, left)));
    if (n === null) return null;
    this.#received += n;
    await this.#pay(n, received.rates);
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
      await this.#pay(part.length, sent.rates);
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

  async #pay(bytes: number, rates: readonly RateLimit[]): Promise<void> {
    const now = this.#limits.now();
    const wait = Math.max(0, ...rates.map((rate) => rate.take(bytes, now)));
    if (wait === 0) return;
    if (!this.#closed) await this.#pause(wait);
    if (this.#closed) throw new Deno.errors.Interrupted("the connection was closed while it waited for its rate");
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#wakers.size === 0) this.#limits.onPause();
    this.#wakers.add(resolve);
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#wakers.delete(resolve);
    if (this.#wakers.size === 0 && !this.#closed) this.#limits.onResume();
  }

  #wake(): void {
    this.#closed = true;
    for (const wake of this.#wakers) wake();
  }
}

const NOTHING = new Uint8Array();
