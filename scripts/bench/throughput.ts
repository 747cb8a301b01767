import { rateText } from "../../lib/report/bench_units.ts";
import { type BenchRun, cpuClock, reportFailure, ServerPool } from "./bench_run.ts";
import type { ClientName, Measured } from "./load_client.ts";
import type { Peer } from "./peer.ts";
import { type Point, pointText } from "./point.ts";
import { rotated } from "./summary.ts";

/** What one server did at one point, under one client. */
export interface ThroughputCell {
  /** The load. */
  readonly point: Point;
  /** The client. */
  readonly client: ClientName;
  /** The name of the server. */
  readonly server: string;
  /** By round; null where it was not measured. */
  readonly rounds: (Measured | null)[];
  /** Why there is no figure: one failure, such as a wrong echo, and nothing that was measured counts. */
  failure: string | null;
}

/**
 * Measures every server at every point under every client, R times over. Servers take turns within a point, beginning with
 * another one in each round, so that what else the machine does hits all alike.
 *
 * @param cells Filled while it goes on, so that a run that is cut short has what it measured.
 */
export async function measureThroughput(run: BenchRun, cells: ThroughputCell[]): Promise<void> {
  const { rounds, points } = run.options;
  await using pool = new ServerPool(run);
  for (let round = 0; round < rounds; round++) {
    for (const point of points) {
      for (const client of run.clients.keys()) {
        const rates: string[] = [];
        for (const peer of rotated(run.peers, round)) {
          const cell = cellOf(cells, { point, client, server: peer.name });
          await measureCell(run, pool, peer, cell, round);
          const measured = cell.rounds[round];
          if (measured) rates.push(`${peer.name} ${rateText(measured.echoesPerSecond)}`);
        }
        run.progress(`round ${round + 1}/${rounds}, ${pointText(point)}, ${client} client: ${rates.join(", ")}`);
      }
    }
  }
}

/** The cell of a server at a point under a client, which is made where there is none yet. */
function cellOf(cells: ThroughputCell[], key: Pick<ThroughputCell, "point" | "client" | "server">): ThroughputCell {
  const found = findCell(cells, key);
  if (found) return found;
  const cell = { ...key, rounds: [], failure: null };
  cells.push(cell);
  return cell;
}

/** The cell of a server at a point under a client. */
export function findCell(
  cells: readonly ThroughputCell[],
  { point, client, server }: Pick<ThroughputCell, "point" | "client" | "server">,
): ThroughputCell | undefined {
  return cells.find((cell) => cell.point === point && cell.client === client && cell.server === server);
}

/** Measures once, unless it has failed before. */
async function measureCell(
  run: BenchRun,
  pool: ServerPool,
  peer: Peer,
  cell: ThroughputCell,
  round: number,
): Promise<void> {
  cell.rounds[round] = null;
  const server = cell.failure === null ? await pool.get(peer) : undefined;
  if (!server) return;
  const { durationMs, warmupMs } = run.options;
  const load = { point: cell.point, port: server.port, durationMs, warmupMs, signal: run.signal };
  try {
    cell.rounds[round] = await run.clients.get(cell.client)!({ ...load, cpuSeconds: cpuClock(server) });
  } catch (error) {
    // Whatever state it is in now is no start for the next measurement.
    await pool.drop(peer);
    cell.failure = reportFailure(run, peer, `${pointText(cell.point)}, ${cell.client} client`, error);
  }
}
