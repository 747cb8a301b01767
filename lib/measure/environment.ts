import { VERSION } from "../core/version.ts";
import type { Environment } from "./bench_result.ts";
import { measureClock } from "./clock.ts";

/** What a measurement runs on. Takes up to 30 ms: the clock is measured. Needs no permission. */
export async function environment(): Promise<Environment> {
  const { resolutionUs, sampleCostUs } = await measureClock();
  return {
    os: Deno.build.os,
    target: Deno.build.target,
    cpus: navigator.hardwareConcurrency,
    deno: Deno.version.deno,
    sounder: VERSION,
    clockResolutionUs: resolutionUs,
    sampleCostUs,
  };
}
