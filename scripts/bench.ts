/**
 * Sounder and its peers side by side: `deno task bench`; `--help` has the options. Starts each echo server that it finds, puts
 * the same load on all of them in turn, and prints medians, least and most, and ratios.
 *
 * @module
 */
import { writeWhole } from "../lib/cli/write_whole.ts";
import { type BenchPeersOptions, HELP, readOptions } from "./bench/bench_options.ts";
import { measurePeers } from "./bench/measure_peers.ts";
import { peersPage } from "./bench/peers_page.ts";
import { hasFailed } from "./bench/peers_result.ts";
import { listenForStop, openOutput, print } from "./script_run.ts";
import { peersText } from "./bench/peers_text.ts";

/** Measures, prints and reports; returns the exit code. */
async function run(options: BenchPeersOptions, report: Deno.FsFile | undefined): Promise<number> {
  const stop = listenForStop();
  const result = await measurePeers(options, { signal: stop.signal, progress: console.error });
  if (report) await writeWhole(report, new TextEncoder().encode(await peersPage(result)));
  await print(options.json ? `${JSON.stringify(result)}\n` : peersText(result));
  return stop.exitCode ?? (hasFailed(result) ? 1 : 0);
}

async function main(args: string[]): Promise<number> {
  let options: BenchPeersOptions;
  let report: Deno.FsFile | undefined;
  try {
    options = readOptions(args);
    report = options.report === undefined || options.help ? undefined : await openOutput("--report", options.report);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Where a program reads our stdout, it gets its one object on every path.
    const failure = { schema: 1, error: { kind: "usage", message: error.message } };
    if (args.includes("--json")) await print(`${JSON.stringify(failure)}\n`);
    console.error(`bench: ${error.message}`);
    return 2;
  }
  using _report = report;
  if (!options.help) return await run(options, report);
  await print(`${HELP}\n`);
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
