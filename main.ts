/**
 * The command line `sounder`: `serve` runs a TCP echo server, `send` proves that every byte comes back.
 *
 * ```sh
 * deno run --allow-net jsr:@sounder/tcp/cli serve
 * deno run --allow-net jsr:@sounder/tcp/cli send 127.0.0.1:9999 hello
 * ```
 *
 * @example Run it inside a program, on the program's own stdin, stdout and signals
 * ```ts
 * import { processIo, run } from "jsr:@sounder/tcp/cli";
 *
 * const exitCode = await run(["--version"], processIo());
 * ```
 *
 * @module
 */
import { processIo } from "./lib/cli/io.ts";
import { run } from "./lib/cli/run.ts";

export { type CliIo, processIo, type ProcessIoOptions, type StopSignal, type SummarySignalName } from "./lib/cli/io.ts";
export { run } from "./lib/cli/run.ts";

if (import.meta.main) Deno.exit(await run(Deno.args, processIo({ endsWithRun: true })));
