import { bytesText, rateText } from "../../lib/report/bench_units.ts";
import { type BenchRun, reportFailure } from "./bench_run.ts";
import type { LoadClient } from "./load_client.ts";
import type { Machine } from "./machine.ts";
import { fewerConnections } from "./memory.ts";
import type { Peer } from "./peer.ts";
import { noUsage, peakMemoryOf } from "./process_usage.ts";
import { proveEcho, startServer } from "./server.ts";
import { rotated } from "./summary.ts";

/** What a server did in one round. */
export interface Scaled {
  /** Echoes of 64 bytes per second. */
  readonly echoesPerSecond: number;
  /** The most bytes of memory it had; null where the system does not tell. */
  readonly peakBytes: number | null;
}

/** What one server does with so many connections, each of which has an echo under way. */
export interface ScaleCell {
  /** Its name. */
  readonly server: string;
  /** Connections. */
  readonly connections: number;
  /** By round; null where it was not measured. */
  readonly rounds: (Scaled | null)[];
  /** Why there is no figure. */
  failure: string | null;
}

/** A server is new for each measurement, so that its peak is of this one: its compiler needs longer to be done. */
const WARMUPS = 3;

/** 1, 10, 100 … and the most at the end. */
export function scaleSteps(most: number): number[] {
  const steps: number[] = [];
  for (let step = 1; step < most; step *= 10) steps.push(step);
  return [...steps, most];
}

/**
 * Measures throughput and memory of Sounder, of the C server and of those given by `--also`, from one connection to many.
 *
 * @param cells Filled while it goes on.
 */
export async function measureScale(run: BenchRun, machine: Machine, cells: ScaleCell[]): Promise<void> {
  const also = run.options.also.map(({ name }) => name);
  const peers = run.peers.filter(({ name }) => ["sounder", "c", ...also].includes(name));
  // Where there is no yardstick, its place is taken by `sounder bench`.
  const [client] = run.clients.values();
  const steps = scaleSteps(fewerConnections(run, machine, "scale"));
  for (const connections of steps) {
    for (const { name } of peers) cells.push({ server: name, connections, rounds: [], failure: null });
  }
  for (let round = 0; round < run.options.rounds; round++) {
    for (const connections of steps) {
      const told: string[] = [];
      for (const peer of rotated(peers, round)) {
        const cell = cells.find((one) => one.server === peer.name && one.connections === connections)!;
        const scaled = await measureCell(run, peer, cell, client);
        cell.rounds.push(scaled);
        if (scaled) told.push(`${peer.name} ${rateText(scaled.echoesPerSecond)}, ${bytesText(scaled.peakBytes ?? 0)}`);
      }
      run.progress(`scale, round ${round + 1}/${run.options.rounds}, ${connections} connections: ${told.join("; ")}`);
    }
  }
}

async function measureCell(run: BenchRun, peer: Peer, cell: ScaleCell, client: LoadClient): Promise<Scaled | null> {
  if (cell.failure !== null) return null;
  const { durationMs, warmupMs } = run.options;
  const point = { connections: cell.connections, size: 64, stream: false };
  try {
    await using server = await startServer(peer, run.signal);
    await proveEcho(server.port);
    const load = { point, port: server.port, durationMs, warmupMs: warmupMs * WARMUPS, signal: run.signal };
    const { echoesPerSecond } = await client(load);
    return { echoesPerSecond, peakBytes: noUsage() ? null : await peakMemoryOf(server.pid) };
  } catch (error) {
    cell.failure = reportFailure(run, peer, `scale, ${cell.connections} connections`, error);
    return null;
  }
}
