import { stdFlags } from "../std_flags.ts";
import { timeText } from "../../lib/report/bench_units.ts";
import { type BenchRun, reportFailure } from "./bench_run.ts";
import type { Peer } from "./peer.ts";
import { startServer } from "./server.ts";
import { rotated } from "./summary.ts";

/** How long a server takes to start. */
export interface StartUp {
  /** Its name. */
  readonly server: string;
  /** Milliseconds by round, from before it was started until the first connect succeeded; null where it failed. */
  readonly rounds: (number | null)[];
}

/** What Sounder's start is compared with: a Deno program of one line that listens, with the same flags. */
export const EMPTY_PROGRAM: Peer = {
  name: "empty",
  title: "An empty Deno program that only listens",
  version: `Deno ${Deno.version.deno}`,
  forks: false,
  command: (port) => ({
    program: Deno.execPath(),
    args: [
      ...["run", "-q", "--no-prompt", ...stdFlags(), "--allow-net"],
      ...[`${import.meta.dirname}/peers/listen_only.ts`, String(port)],
    ],
  }),
};

/**
 * Starts every server R times, in turn. A start before those is not counted: what a runtime compiles or reads for the first
 * time, it and the system keep.
 *
 * @param starts Filled while it goes on.
 */
export async function measureStartUp(run: BenchRun, starts: StartUp[]): Promise<void> {
  const { rounds } = run.options;
  const measured = [EMPTY_PROGRAM, ...run.peers].map((peer) => ({ peer, start: { server: peer.name, rounds: [] } }));
  starts.push(...measured.map(({ start }) => start));
  for (let round = -1; round < rounds; round++) {
    for (const { peer, start } of rotated(measured, Math.max(round, 0))) {
      const took: number | null = await startMs(run, peer);
      if (round >= 0) (start.rounds as (number | null)[]).push(took);
    }
    const told = starts.map(({ server, rounds }) => `${server} ${timeText(rounds.at(-1) ?? null)}`);
    if (round >= 0) run.progress(`start-up, round ${round + 1}/${rounds}: ${told.join(", ")}`);
  }
}

async function startMs(run: BenchRun, peer: Peer): Promise<number | null> {
  try {
    await using server = await startServer(peer, run.signal);
    return server.startMs;
  } catch (error) {
    reportFailure(run, peer, "start-up", error);
    return null;
  }
}
