/**
 * A Worker that counts connections in and out, and tells how often it was let in.
 *
 * @module
 */
/// <reference lib="webworker" />
import { ServerTotals } from "../../lib/echo/server_totals.ts";

/** What it is to do. */
export interface TotalsOrder {
  /** Of the `ServerTotals`. */
  memory: SharedArrayBuffer;
  /** Which thread it is. */
  thread: number;
  /** Tries to be let in. */
  rounds: number;
  /** Connections at once at most, over all threads. */
  most: number;
}

self.onmessage = ({ data: { memory, thread, rounds, most } }: MessageEvent<TotalsOrder>) => {
  const totals = new ServerTotals(memory);
  let entered = 0;
  for (let round = 0; round < rounds; round++) {
    if (!totals.enter(thread, most)) continue;
    totals.serve(thread);
    totals.nextId();
    entered++;
    totals.leave(thread);
  }
  self.postMessage(entered);
};
