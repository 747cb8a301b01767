import type { BenchPeersOptions } from "./bench_options.ts";
import type { ClientSpeed } from "./client_speed.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./memory.ts";
import type { LeftOut, Peer } from "./peer.ts";
import type { ScaleCell } from "./scale.ts";
import type { StartUp } from "./startup.ts";
import type { ThroughputCell } from "./throughput.ts";

/** The result of a run: one object, of plain data, as `--json` prints it. A part that was not measured is empty. */
export interface PeersResult {
  /** The format's number. */
  readonly schema: 1;
  /** What made it. */
  readonly command: "bench-peers";
  /** When it began (ISO 8601, UTC). */
  readonly startedAt: string;
  /** How long it took in milliseconds. */
  elapsedMs: number;
  /** Whether a signal cut it short. */
  partial: boolean;
  /** What was asked, defaults included. */
  readonly options: Omit<BenchPeersOptions, "json" | "report" | "help">;
  /** What it ran on. */
  readonly machine: Machine;
  /** The servers. */
  readonly servers: readonly Pick<Peer, "name" | "title" | "version">[];
  /** The server that the others are compared with: the C one, or the first where it is missing. */
  readonly base: string;
  /** What is not measured, and why. */
  readonly leftOut: LeftOut[];
  /** Part `throughput`. */
  readonly throughput: ThroughputCell[];
  /** Part `client`. */
  readonly client: ClientSpeed[];
  /** Part `memory`. */
  readonly memory: Memory[];
  /** Part `startup`. */
  readonly startup: StartUp[];
  /** Part `scale`. */
  readonly scale: ScaleCell[];
}

/** What a run begins with. */
export interface Begun {
  /** What was asked. */
  readonly options: BenchPeersOptions;
  /** The servers that can be had. */
  readonly peers: readonly Peer[];
  /** What cannot. */
  readonly leftOut: LeftOut[];
  /** What it runs on. */
  readonly machine: Machine;
  /** When it begins. */
  readonly startedAt: Date;
}

/** A result in which nothing is measured yet. */
export function emptyResult({ options, peers, leftOut, machine, startedAt }: Begun): PeersResult {
  const { json: _json, report: _report, help: _help, ...asked } = options;
  const servers = peers.map(({ name, title, version }) => ({ name, title, version }));
  return {
    schema: 1,
    command: "bench-peers",
    startedAt: startedAt.toISOString(),
    elapsedMs: 0,
    partial: false,
    options: asked,
    machine,
    servers,
    base: (servers.find(({ name }) => name === "c") ?? servers[0])?.name ?? "c",
    leftOut,
    throughput: [],
    client: [],
    memory: [],
    startup: [],
    scale: [],
  };
}

/** Whether Sounder or the base failed somewhere: then the run is no comparison. */
export function hasFailed({ leftOut, base }: Pick<PeersResult, "leftOut" | "base">): boolean {
  return leftOut.some(({ failed }) => failed === "sounder" || failed === "empty" || failed === base);
}
