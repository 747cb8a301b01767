import { rateText } from "../../lib/report/bench_units.ts";
import { type BenchRun, reportFailure, ServerPool } from "./bench_run.ts";
import { type LoadClient, sounderClient } from "./load_client.ts";
import { type Point, pointText } from "./point.ts";

/** Echoes per second by the clients against one server, in one round. */
export interface ClientRates {
  /** By the client in C. */
  readonly c: number;
  /** By `sounder bench`. */
  readonly sounder: number;
  /** By `sounder bench --no-verify`, which compares nothing. */
  readonly unverified: number;
}

/** How fast the clients are at one point. */
export interface ClientSpeed {
  /** The load. */
  readonly point: Point;
  /** By round; null where one of the clients failed. */
  readonly rounds: (ClientRates | null)[];
}

/**
 * Measures the clients in place of the servers: each in turn against the C server, on one thread.
 *
 * @param speeds Filled while it goes on.
 */
export async function measureClients(run: BenchRun, speeds: ClientSpeed[]): Promise<void> {
  const { leftOut, options, peers, clients } = run;
  const [peer, yardstick] = [peers.find(({ name }) => name === "c"), clients.get("c")];
  if (!peer || !yardstick) {
    leftOut.push({ what: "client", why: "it needs the C server and the C client", failed: null });
    return;
  }
  await using pool = new ServerPool(run);
  speeds.push(...options.points.map((point) => ({ point, rounds: [] })));
  for (let round = 0; round < options.rounds; round++) {
    for (const { point, rounds } of speeds) {
      const server = await pool.get(peer);
      if (!server) return;
      try {
        const rates = await ratesOf(run, yardstick, point, server.port);
        rounds.push(rates);
        const told = `C ${rateText(rates.c)}, sounder ${rateText(rates.sounder)}`;
        run.progress(`client, round ${round + 1}/${options.rounds}, ${pointText(point)}: ${told}`);
      } catch (error) {
        await pool.drop(peer);
        rounds.push(null);
        reportFailure(run, peer, `client, ${pointText(point)}`, error);
      }
    }
  }
}

async function ratesOf(run: BenchRun, yardstick: LoadClient, point: Point, port: number): Promise<ClientRates> {
  const { durationMs, warmupMs } = run.options;
  const load = { point, port, durationMs, warmupMs, signal: run.signal };
  return {
    c: (await yardstick(load)).echoesPerSecond,
    sounder: (await sounderClient(load)).echoesPerSecond,
    unverified: (await sounderClient({ ...load, verify: false })).echoesPerSecond,
  };
}
