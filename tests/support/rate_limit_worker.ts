/**
 * A Worker that takes from a limit shared with others, while the clock stands still.
 *
 * @module
 */
/// <reference lib="webworker" />
import { RateLimit } from "../../lib/core/rate_limit.ts";
import { startTogether } from "./start_together.ts";

/** What it is to do. */
export interface RateLimitOrder {
  /** For {@linkcode startTogether}. */
  arrived: Int32Array;
  /** How many threads there are. */
  threads: number;
  /** Of the limit. */
  perSecond: number;
  /** Of the limit. */
  burst: number;
  /** Of the limit. */
  cell: BigInt64Array;
  /** The time, in milliseconds. */
  now: number;
  /** How often it takes one, after it was refused one. */
  takes: number;
}

/** What came of it. */
export interface RateLimitAnswer {
  /** How many it was given without waiting. */
  taken: number;
  /** What it was told to wait for each of the others, in milliseconds. */
  waits: number[];
}

self.onmessage = ({ data: { arrived, threads, now, takes, ...options } }: MessageEvent<RateLimitOrder>) => {
  const limit = new RateLimit(options);
  let taken = 0;
  startTogether(arrived, threads);
  while (limit.tryTake(1, now)) taken++;
  const waits = Array.from({ length: takes }, () => limit.take(1, now));
  self.postMessage({ taken, waits } satisfies RateLimitAnswer);
};
