/**
 * What Sounder bears: `deno task torture`; `--help` has the options. Does to a server, in a process of its own, and to
 * its clients what networks and peers do at their worst, and prints a table of cases and verdicts.
 *
 * @module
 */
import { writeWhole } from "../lib/cli/write_whole.ts";
import { listenForStop, openOutput, print } from "./script_run.ts";
import { runCases } from "./torture/run_cases.ts";
import { TORTURE_CASES } from "./torture/torture_cases.ts";
import { HELP, readOptions, type TortureOptions } from "./torture/torture_options.ts";
import { countVerdicts, type TortureResult } from "./torture/torture_result.ts";
import { listText, tortureText } from "./torture/torture_text.ts";
import { type TorturedProgram, torturedProgram } from "./torture/tortured_program.ts";

/** Tortures, prints and reports; returns the exit code. */
async function run(options: TortureOptions, program: TorturedProgram, json: Deno.FsFile | undefined): Promise<number> {
  const stop = listenForStop();
  const scale = options.quick ? "quick" : "full";
  const cases = TORTURE_CASES.filter(({ name }) => options.only.includes(name));
  const result: TortureResult = {
    schema: 1,
    scale,
    seed: options.seed,
    program: program.name,
    cases: await runCases(cases, { scale, seed: options.seed, program, signal: stop.signal, progress: console.error }),
  };
  if (json) await writeWhole(json, new TextEncoder().encode(`${JSON.stringify(result, null, 2)}\n`));
  await print(tortureText(result));
  return stop.exitCode ?? (countVerdicts(result.cases).failed > 0 ? 1 : 0);
}

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args, TORTURE_CASES.map(({ name }) => name));
    if (options.help || options.list) {
      await print(options.help ? `${HELP}\n` : listText(TORTURE_CASES));
      return 0;
    }
    const program = torturedProgram(options.program ?? (Deno.env.get("SOUNDER_BINARY") || undefined));
    using json = options.json === undefined ? undefined : await openOutput("--json", options.json);
    return await run(options, program, json);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    console.error(`torture: ${error.message}`);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
