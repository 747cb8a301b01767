import type { BenchPeersOptions } from "./bench_options.ts";
import type { ClientName, LoadClient } from "./load_client.ts";
import type { LeftOut, Peer } from "./peer.ts";
import { cpuSeconds, noUsage } from "./process_usage.ts";
import { proveEcho, type RunningServer, startServer } from "./server.ts";

/** What every part of a run works with. */
export interface BenchRun {
  /** What was asked. */
  readonly options: BenchPeersOptions;
  /** The servers that can be had here. */
  readonly peers: readonly Peer[];
  /** The clients that can be had here, the yardstick first. */
  readonly clients: ReadonlyMap<ClientName, LoadClient>;
  /** What is not measured; parts add to it. */
  readonly leftOut: LeftOut[];
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** Says how far the run is. */
  progress(line: string): void;
}

/** Servers that run on from one measurement to the next, as servers do. */
export class ServerPool implements AsyncDisposable {
  readonly #run: BenchRun;
  readonly #running = new Map<Peer, RunningServer>();
  readonly #failed = new Set<Peer>();

  /** None runs yet. */
  constructor(run: BenchRun) {
    this.#run = run;
  }

  /** The running server of a peer; undefined where it cannot be started, which is said once. */
  async get(peer: Peer): Promise<RunningServer | undefined> {
    const running = this.#running.get(peer);
    if (running || this.#failed.has(peer)) return running;
    try {
      const server = await startServer(peer, this.#run.signal);
      this.#running.set(peer, server);
      await proveEcho(server.port);
      return server;
    } catch (error) {
      await this.drop(peer);
      this.#failed.add(peer);
      reportFailure(this.#run, peer, "start", error);
    }
  }

  /** Ends the server of a peer; the next {@linkcode get} starts it anew. */
  async drop(peer: Peer): Promise<void> {
    const server = this.#running.get(peer);
    this.#running.delete(peer);
    await server?.[Symbol.asyncDispose]();
  }

  /** Ends all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#running.keys(), (peer) => this.drop(peer)));
  }
}

/** Asks for a server's processor time; undefined where the system does not tell. */
export function cpuClock({ pid }: RunningServer): (() => Promise<number | null>) | undefined {
  return noUsage() ? undefined : () => cpuSeconds(pid);
}

/**
 * Notes what a server failed at, and says it at once.
 *
 * @returns The reason, in one line.
 * @throws the signal's reason where that is why.
 */
export function reportFailure(run: BenchRun, { name }: Peer, what: string, error: unknown): string {
  run.signal.throwIfAborted();
  const why = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, " ");
  run.leftOut.push({ what: `${name}, ${what}`, why, failed: name });
  run.progress(`FAILED ${name}, ${what}: ${why}`);
  return why;
}
