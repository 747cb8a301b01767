import type { BenchResult, Environment } from "./bench_result.ts";

/** What the machine and the programs are; the clock's figures differ a little with every run. */
const ENVIRONMENT: readonly (keyof Environment)[] = ["os", "target", "cpus", "deno", "sounder"];

/** Why two sets of results may not be comparable: a line for each member that is not the same in all, and for broken runs. */
export function comparisonNotes(before: readonly BenchResult[], after: readonly BenchResult[]): string[] {
  const notes: string[] = [];
  const compare = (name: string, read: (result: BenchResult) => unknown) => {
    const [left, right] = [valuesOf(before, read), valuesOf(after, read)];
    if (left !== right || left.includes(", ")) notes.push(`${name} differs: ${left} before, ${right} after`);
  };
  compare("target", ({ target }) => `${target.hostname}:${target.port}`);
  for (const name of Object.keys(before[0].options) as (keyof BenchResult["options"])[]) {
    compare(`options.${name}`, ({ options }) => options[name]);
  }
  for (const name of ENVIRONMENT) compare(`environment.${name}`, ({ environment }) => environment[name]);
  compare("tls", ({ tls }) => tls === null ? "none" : `${tls.version} with ${tls.cipher}`);
  compare("merged", ({ merged }) => merged);
  for (const [side, results] of [["before", before], ["after", after]] as const) {
    for (const [index, { error, partial }] of results.entries()) {
      const which = `run ${index + 1} of ${results.length} ${side}`;
      if (error !== null) notes.push(`${which} measured nothing: ${error.message}`);
      else if (partial) notes.push(`${which} is partial: it ended before its time`);
    }
  }
  return notes;
}

/** The different values of a side, in their order. */
function valuesOf(results: readonly BenchResult[], read: (result: BenchResult) => unknown): string {
  return [...new Set(results.map((result) => String(read(result))))].join(", ");
}
