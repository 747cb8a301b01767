/**
 * What a script does that runs for minutes: it ends in order at a signal, and opens its files before it begins.
 *
 * @module
 */
import { writeWhole } from "../lib/cli/write_whole.ts";

/** Exit codes of a run that a signal cut short. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

type StopSignal = keyof typeof SIGNALS;

/** The stop signals of a run. */
export interface Stop {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** What to exit with after that; `undefined` where none came. */
  readonly exitCode: number | undefined;
}

/** Listens to stop signals from now on. */
export function listenForStop(): Stop {
  const stop = new AbortController();
  let stopped: StopSignal | undefined;
  for (const signal of Object.keys(SIGNALS) as StopSignal[]) {
    // Windows has no SIGTERM to listen to.
    if (signal === "SIGTERM" && Deno.build.os === "windows") continue;
    Deno.addSignalListener(signal, () => {
      stopped ??= signal;
      stop.abort(new Error(`cut short by ${signal}`));
    });
  }
  return {
    signal: stop.signal,
    get exitCode() {
      return stopped && SIGNALS[stopped];
    },
  };
}

/** Writes a text to stdout. */
export function print(text: string): Promise<void> {
  return writeWhole(Deno.stdout, new TextEncoder().encode(text));
}

/**
 * Opens a file for what a run will come to, before it begins: half an hour is not to end in a folder that does not exist.
 *
 * @throws {SyntaxError} if it cannot be written to.
 */
export async function openOutput(flag: string, path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, create: true, truncate: true });
  } catch (error) {
    throw new SyntaxError(`${flag}: cannot write ${path}: ${(error as Error).message}`);
  }
}
