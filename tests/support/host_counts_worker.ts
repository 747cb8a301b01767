/**
 * A Worker that counts connections of many hosts in and out of a table shared with others.
 *
 * @module
 */
/// <reference lib="webworker" />
import { HostCounts } from "../../lib/core/host_counts.ts";
import { startTogether } from "./start_together.ts";

/** What it is to do. */
export interface HostCountsOrder {
  /** For {@linkcode startTogether}. */
  arrived: Int32Array;
  /** How many threads there are. */
  threads: number;
  /** Of the `HostCounts`. */
  memory: SharedArrayBuffer;
  /** The hosts, which the others have too. */
  hosts: string[];
  /** How often it goes through them. */
  rounds: number;
  /** Connections of a host at most, over all threads. */
  most: number;
  /** It does not count out the first connection of every so many hosts; 0 for of none. */
  keepsEvery: number;
}

/** What came of it. */
export interface HostCountsAnswer {
  /** How often it was let in. */
  entered: number;
  /** How often there were more than `most`. */
  tooMany: number;
}

self.onmessage = ({ data: { arrived, threads, ...order } }: MessageEvent<HostCountsOrder>) => {
  const { memory, hosts, rounds, most, keepsEvery } = order;
  const counts = new HostCounts(memory);
  let entered = 0;
  let tooMany = 0;
  startTogether(arrived, threads);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < hosts.length; i++) {
      if (!counts.enter(hosts[i], most)) continue;
      entered++;
      if (counts.count(hosts[i]) > most) tooMany++;
      if (round > 0 || i % keepsEvery !== 0) counts.leave(hosts[i]);
    }
  }
  self.postMessage({ entered, tooMany } satisfies HostCountsAnswer);
};
