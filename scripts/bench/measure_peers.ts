import type { BenchPeersOptions, PartName } from "./bench_options.ts";
import type { BenchRun } from "./bench_run.ts";
import { measureClients } from "./client_speed.ts";
import { machine } from "./machine.ts";
import { measureMemory } from "./memory.ts";
import { emptyResult, type PeersResult } from "./peers_result.ts";
import { prepare } from "./prepare.ts";
import { measureScale } from "./scale.ts";
import { measureStartUp } from "./startup.ts";
import { measureThroughput } from "./throughput.ts";

/** What a run needs beside its options. */
export interface MeasureContext {
  /** Ends it: the result then has what was measured until then. */
  readonly signal: AbortSignal;
  /** Says how far it is. */
  readonly progress: (line: string) => void;
}

const MEASURE: Record<PartName, (run: BenchRun, result: PeersResult) => Promise<void>> = {
  throughput: (run, result) => measureThroughput(run, result.throughput),
  client: (run, result) => measureClients(run, result.client),
  memory: (run, result) => measureMemory(run, result.machine, result.memory),
  startup: (run, result) => measureStartUp(run, result.startup),
  scale: (run, result) => measureScale(run, result.machine, result.scale),
};

/** Measures what was asked for. What is built for it goes to a temporary folder, which is removed. */
export async function measurePeers(options: BenchPeersOptions, context: MeasureContext): Promise<PeersResult> {
  const { signal } = context;
  const startedAt = new Date();
  const since = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "sounder_bench_" });
  try {
    const begun = { options, startedAt, machine: await machine() };
    let result = emptyResult({ ...begun, peers: [], leftOut: [] });
    try {
      const prepared = await prepare(options, { folder, signal });
      result = emptyResult({ ...begun, ...prepared });
      const run = { ...prepared, ...context, options };
      for (const part of options.parts) await MEASURE[part](run, result);
    } catch (error) {
      if (!signal.aborted) throw error;
      result.partial = true;
    }
    result.elapsedMs = performance.now() - since;
    return result;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
