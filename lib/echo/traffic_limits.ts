import { RateLimit } from "../core/rate_limit.ts";
import type { DirectionLimits } from "./limited_connection.ts";
import type { ServeLimits } from "./serve_limits.ts";
import type { ServerTotals } from "./server_totals.ts";

/** Seconds' worth of a rate that may come at once. */
const BURST = 0.1;
/**
 * Bytes at a time where all connections share a rate: each waits for what the others have taken, and a thousand of them
 * must not take the seconds to come with one read each.
 */
const SHARED_SLICE = 4096;

/** What the connections of one thread may send and be sent. */
export class TrafficLimits {
  /** Bytes of a connection in each direction at most. */
  readonly maxBytes: number;
  readonly #rateLimit: number | undefined;
  /** The shared rates, whose state all threads have in common. */
  readonly #total: { readonly received: RateLimit; readonly sent: RateLimit } | undefined;
  readonly #slice: number;

  /** Takes the limits from the options of a server. */
  constructor({ rateLimit, rateLimitTotal, maxBytes = Infinity }: ServeLimits, totals: ServerTotals) {
    this.maxBytes = maxBytes;
    this.#rateLimit = rateLimit;
    this.#total = rateLimitTotal === undefined ? undefined : {
      received: rateLimitOf(rateLimitTotal, totals.rateCell("received")),
      sent: rateLimitOf(rateLimitTotal, totals.rateCell("sent")),
    };
    const slices = [
      ...(rateLimit === undefined ? [] : [burstOf(rateLimit)]),
      ...(rateLimitTotal === undefined ? [] : [burstOf(rateLimitTotal), SHARED_SLICE]),
    ];
    this.#slice = Math.min(...slices);
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.maxBytes < Infinity || this.#slice < Infinity;
  }

  /** What a new connection may send, or be sent. */
  direction(which: "received" | "sent"): DirectionLimits {
    const rates = [
      ...(this.#rateLimit === undefined ? [] : [rateLimitOf(this.#rateLimit)]),
      ...(this.#total === undefined ? [] : [this.#total[which]]),
    ];
    return { rates, slice: this.#slice };
  }
}

function rateLimitOf(perSecond: number, cell?: BigInt64Array): RateLimit {
  return new RateLimit({ perSecond, burst: burstOf(perSecond), cell });
}

function burstOf(perSecond: number): number {
  return Math.max(1, Math.floor(perSecond * BURST));
}
