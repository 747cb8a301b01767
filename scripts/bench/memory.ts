import { delay } from "../../lib/core/delay.ts";
import { bytesText } from "../../lib/report/bench_units.ts";
import { type BenchRun, reportFailure } from "./bench_run.ts";
import { HeldConnections } from "./held_connections.ts";
import type { Machine } from "./machine.ts";
import type { Peer } from "./peer.ts";
import { memoryOf, noUsage } from "./process_usage.ts";
import { proveEcho, startServer } from "./server.ts";

/** What memory a server has, in one round, in bytes. */
export interface MemoryUsed {
  /** Before any connection but one, which is closed again. */
  readonly baseline: number;
  /** With connections that never said anything. */
  readonly silent: number;
  /** With the same connections, after an echo of 64 bytes on each. */
  readonly spoken: number;
  /** With the same, after 10 echoes of 16 KiB on each. */
  readonly afterBulk: number;
}

/** What memory a server has. */
export interface Memory {
  /** Its name. */
  readonly server: string;
  /** Connections that were open. */
  readonly connections: number;
  /** By round; null where it failed. */
  readonly rounds: (MemoryUsed | null)[];
}

/** More rounds tell no more: memory varies far less than time. */
const MOST_ROUNDS = 3;
/** Each of their connections is a process or two. */
const MOST_OF_FORKING = 256;
/** Descriptors that a server, or we, have beside the connections. */
const OTHER_DESCRIPTORS = 200;
/** Milliseconds of rest before memory is read, for what a server gives back, and until it is read again. */
const REST_MS = 1000;
/** Memory has come to rest when it changes by no more than this part in that time, … */
const STEADY = 0.005;
/** … and is taken as it is after so many readings. */
const MOST_READINGS = 8;

/** How many connections a process can have here, of those that are asked for. */
export function possibleConnections(asked: number, { descriptors }: Pick<Machine, "descriptors">): number {
  return descriptors === null ? asked : Math.max(1, Math.min(asked, descriptors - OTHER_DESCRIPTORS));
}

/** Says what is left out where fewer connections are possible than were asked for. */
export function fewerConnections(run: BenchRun, machine: Machine, part: string): number {
  const { connections } = run.options;
  const possible = possibleConnections(connections, machine);
  if (possible < connections) {
    const why =
      `a process may have ${machine.descriptors} descriptors here (ulimit -n): ${possible} connections at most`;
    run.leftOut.push({ what: `${part}, ${connections} connections`, why, failed: null });
  }
  return possible;
}

/**
 * Measures what memory each server has, with connections that do nothing.
 *
 * @param memories Filled while it goes on.
 * @param restMs Milliseconds that are waited before each reading.
 */
export async function measureMemory(
  run: BenchRun,
  machine: Machine,
  memories: Memory[],
  restMs: number = REST_MS,
): Promise<void> {
  const missing = noUsage();
  if (missing) {
    run.leftOut.push({ what: "memory", why: missing, failed: null });
    return;
  }
  const possible = fewerConnections(run, machine, "memory");
  for (const { name, forks } of run.peers) {
    const connections = forks ? Math.min(possible, MOST_OF_FORKING) : possible;
    memories.push({ server: name, connections, rounds: [] });
  }
  for (let round = 0; round < Math.min(run.options.rounds, MOST_ROUNDS); round++) {
    for (const [at, peer] of run.peers.entries()) {
      const { connections, rounds } = memories[at];
      // What failed once fails again, and takes its time for it.
      if (rounds.includes(null)) continue;
      rounds.push(await memoryOfPeer(run, peer, connections, restMs));
      const used = rounds.at(-1);
      if (used) run.progress(memoryLine(peer, connections, used));
    }
  }
}

function memoryLine({ name }: Peer, connections: number, { baseline, spoken }: MemoryUsed): string {
  const each = bytesText((spoken - baseline) / connections);
  return `memory, ${name}: ${bytesText(baseline)}, and ${each} for each of ${connections} connections`;
}

async function memoryOfPeer(
  run: BenchRun,
  peer: Peer,
  connections: number,
  restMs: number,
): Promise<MemoryUsed | null> {
  try {
    await using server = await startServer(peer, run.signal);
    await proveEcho(server.port);
    const rested = () => atRest(() => memoryOf(server.pid), restMs, run.signal);
    const baseline = await rested();
    using held = new HeldConnections();
    await held.open(server.port, connections, run.signal);
    const silent = await rested();
    await held.echo(64, 1, run.signal);
    const spoken = await rested();
    await held.echo(16384, 10, run.signal);
    return { baseline, silent, spoken, afterBulk: await rested() };
  } catch (error) {
    reportFailure(run, peer, `memory with ${connections} connections`, error);
    return null;
  }
}

/** Reads until two readings hardly differ. */
async function atRest(read: () => Promise<number>, restMs: number, signal: AbortSignal): Promise<number> {
  let last = Infinity;
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    await delay(restMs, signal);
    signal.throwIfAborted();
    const bytes = await read();
    if (Math.abs(bytes - last) <= STEADY * bytes) return bytes;
    last = bytes;
  }
  return last;
}
