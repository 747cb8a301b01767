/**
 * Where @std comes from in this process, and the flags with which a child gets it from the same place. Tests and scripts that
 * start deno share it.
 *
 * @module
 */

/** Whether this process runs on the stand-ins of `scripts/offline/`. */
export function usesStandIns(): boolean {
  return import.meta.resolve("@std/log") === import.meta.resolve("./offline/std_log.ts");
}

/** The deno flags that resolve @std as this process does; good in any working directory. */
export function stdFlags(): string[] {
  return usesStandIns() ? [`--import-map=${import.meta.dirname}/offline/import_map.json`, "--no-lock"] : [];
}

/** The environment in which `deno task` resolves @std as this process does, without asking the network again. */
export function stdEnv(): Record<string, string> {
  return { SOUNDER_STD: usesStandIns() ? "offline" : "jsr" };
}
