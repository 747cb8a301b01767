import { HEADER_BYTES, runtimeVariable, type Target, targetOfProgram, TARGETS } from "./target.ts";

/** Where the runtime of one target comes from: a file, or else Deno's cache or download. */
export type RuntimeChoice = { readonly file: string } | "deno" | { readonly problem: string };

/**
 * Which runtime (denort) a target gets: `DENORT_BIN_<TARGET>`, else `DENORT_BIN` where that is a program for this target,
 * else the one that Deno has or downloads.
 *
 * @param targets All that are compiled: a `DENORT_BIN` that none of them can use is a mistake.
 */
export async function chooseRuntime(target: Target, targets: readonly Target[]): Promise<RuntimeChoice> {
  const variable = [runtimeVariable(target), "DENORT_BIN"].find((name) => Deno.env.get(name));
  if (variable === undefined) return "deno";
  const file = Deno.env.get(variable)!;
  let found: Target | undefined;
  try {
    found = await programTarget(file);
  } catch (error) {
    return { problem: `${variable}=${file} cannot be read: ${(error as Error).message}` };
  }
  if (found === target) return { file };
  if (variable === "DENORT_BIN" && found !== undefined && targets.includes(found)) return "deno";
  const what = found === undefined ? "is no program that Sounder can be compiled into" : `is a program for ${found}`;
  return { problem: `${variable}=${file} ${what}: give it the denort of ${target}, or unset it` };
}

/** The variables that look as if they named a runtime, and name none of the targets: misspelt ones, which would be ignored. */
export function strayVariables(names: readonly string[]): string[] {
  const known = TARGETS.map(runtimeVariable);
  return names.filter((name) => name.startsWith("DENORT_BIN_") && !known.includes(name));
}

/** The target of a program file; undefined where it is none. */
export async function programTarget(path: string): Promise<Target | undefined> {
  using file = await Deno.open(path);
  const header = new Uint8Array(HEADER_BYTES);
  const length = await file.read(header) ?? 0;
  return targetOfProgram(header.subarray(0, length));
}
