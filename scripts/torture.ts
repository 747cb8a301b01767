/**
 * What Sounder bears: `deno task torture`; `--help` has the options. Does to a server, in a process of its own, and to
 * its clients what networks and peers do at their worst, and prints a table of cases and verdicts.
 *
 * @module
 */
import { writeWhole } from "../lib/cli/write_whole.ts";
import { runCases } from "./torture/run_cases.ts";
import { TORTURE_CASES } from "./torture/torture_cases.ts";
import { HELP, readOptions, type TortureOptions } from "./torture/torture_options.ts";
import { countVerdicts, type TortureResult } from "./torture/torture_result.ts";
import { listText, tortureText } from "./torture/torture_text.ts";
import { type TorturedProgram, torturedProgram } from "./torture/tortured_program.ts";

/** Exit codes of a run that a signal cut short. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

type StopSignal = keyof typeof SIGNALS;

function print(text: string): Promise<void> {
  return writeWhole(Deno.stdout, new TextEncoder().encode(text));
}

/** The signal that came first; `stop` is aborted by it. */
function listen(stop: AbortController): () => StopSignal | undefined {
  let stopped: StopSignal | undefined;
  for (const signal of Object.keys(SIGNALS) as StopSignal[]) {
    // Windows has no SIGTERM to listen to.
    if (signal === "SIGTERM" && Deno.build.os === "windows") continue;
    Deno.addSignalListener(signal, () => {
      stopped ??= signal;
      stop.abort(new Error(`cut short by ${signal}`));
    });
  }
  return () => stopped;
}

/** Tortures, prints and reports; returns the exit code. */
async function run(options: TortureOptions, program: TorturedProgram, json: Deno.FsFile | undefined): Promise<number> {
  const stop = new AbortController();
  const stopped = listen(stop);
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
  const signal = stopped();
  if (signal) return SIGNALS[signal];
  return countVerdicts(result.cases).failed > 0 ? 1 : 0;
}

/** Opens the file of the result before anything is done: six minutes are not to end in a folder that does not exist. */
async function openJson(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, create: true, truncate: true });
  } catch (error) {
    throw new SyntaxError(`--json: cannot write ${path}: ${(error as Error).message}`);
  }
}

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args, TORTURE_CASES.map(({ name }) => name));
    if (options.help || options.list) {
      await print(options.help ? `${HELP}\n` : listText(TORTURE_CASES));
      return 0;
    }
    const program = torturedProgram(options.program ?? (Deno.env.get("SOUNDER_BINARY") || undefined));
    using json = options.json === undefined ? undefined : await openJson(options.json);
    return await run(options, program, json);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    console.error(`torture: ${error.message}`);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
