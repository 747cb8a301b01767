import { TextQueue } from "./text_queue.ts";
import { writeWhole } from "./write_whole.ts";

/** A signal that asks the program to stop; SIGBREAK is Windows's, where SIGTERM does not exist. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGBREAK";

/** A signal that asks what a server has done so far. */
export type SummarySignalName = "SIGUSR1" | "SIGUSR2";

/** What the command line touches of the process; tests give their own. */
export interface CliIo {
  /** Opens stdin; called at most once. */
  stdin(): ReadableStream<Uint8Array>;
  /** Whether stdin is a terminal. */
  readonly stdinIsTerminal: boolean;
  /**
   * Writes the whole of the bytes to stdout.
   *
   * @throws {OutputClosedError} if nobody reads it any more.
   */
  writeOutput(bytes: Uint8Array): Promise<void>;
  /** Writes to stderr, in the background. Never waits, never throws. */
  writeError(text: string): void;
  /** Waits until stderr has what was written, but not for ever. */
  flushError(): Promise<void>;
  /** Whether stderr is a terminal. */
  readonly stderrIsTerminal: boolean;
  /** Columns of the terminal that stderr, else stdout, is; undefined where neither is one. */
  readonly columns: number | undefined;
  /** Lines of that terminal; undefined where neither is one. */
  readonly rows: number | undefined;
  /** Whether stdout is a terminal. */
  readonly stdoutIsTerminal: boolean;
  /** Whether the environment asks for no colors (NO_COLOR). */
  readonly noColor: boolean;
  /** Calls the listener at each stop signal, in place of the end of the process, until the function returned is called. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /**
   * Calls the listener at each SIGHUP, in place of the end of the process, until the function returned is called. On
   * Windows, where that signal is the end of the console, never.
   */
  onReloadSignal(listener: () => void): () => void;
  /**
   * Calls the listener at each SIGUSR1 and SIGUSR2, until the function returned is called. On Windows, which has neither,
   * never.
   */
  onSummarySignal(listener: (signal: SummarySignalName) => void): () => void;
}

/** Whoever read our stdout reads no more, as `head` does: no failure of ours, and nothing to talk about. */
export class OutputClosedError extends Error {
  override readonly name = "OutputClosedError";
}

/** Milliseconds that the end of the program waits for whoever reads stderr. */
const FLUSH_LIMIT = 1000;

/** Options for {@linkcode processIo}. */
export interface ProcessIoOptions {
  /**
   * The process ends as soon as `run()` does. Stop signals then stay caught to the very end: one Ctrl-C under `deno task`
   * comes twice, and the second must not kill a process that is just about to end in order.
   *
   * @default {false}
   */
  endsWithRun?: boolean;
}

/** The real process. */
export function processIo(options: ProcessIoOptions = {}): CliIo {
  const errors = new TextQueue((bytes) => writeWhole(Deno.stderr, bytes));
  return {
    stdin: () => Deno.stdin.readable,
    stdinIsTerminal: Deno.stdin.isTerminal(),
    writeOutput: async (bytes) => {
      try {
        await writeWhole(Deno.stdout, bytes);
      } catch (cause) {
        if (cause instanceof Deno.errors.BrokenPipe) throw new OutputClosedError("nobody reads stdout", { cause });
        throw new Error(`cannot write to stdout: ${(cause as Error).message}`, { cause });
      }
    },
    writeError: (text) => errors.add(text),
    flushError: () => errors.flush(FLUSH_LIMIT),
    stderrIsTerminal: Deno.stderr.isTerminal(),
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    get columns() {
      return terminalSize()?.columns;
    },
    get rows() {
      return terminalSize()?.rows;
    },
    noColor: Deno.noColor,
    onStopSignal: (listener) => {
      const signals: StopSignal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
      const removals = signals.map((signal) => {
        const onSignal = () => listener(signal);
        Deno.addSignalListener(signal, onSignal);
        return () => Deno.removeSignalListener(signal, onSignal);
      });
      return () => {
        if (!options.endsWithRun) removals.forEach((remove) => remove());
      };
    },
    onReloadSignal: (listener) => onPosixSignal("SIGHUP", listener),
    onSummarySignal: (listener) => {
      const removals = (["SIGUSR1", "SIGUSR2"] as const).map((name) => onPosixSignal(name, () => listener(name)));
      return () => removals.forEach((remove) => remove());
    },
  };
}

/** Calls the listener at each such signal, until the function returned is called. On Windows it is none, or the end. */
function onPosixSignal(signal: "SIGHUP" | SummarySignalName, listener: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener(signal, listener);
  return () => Deno.removeSignalListener(signal, listener);
}

function terminalSize(): ReturnType<typeof Deno.consoleSize> | undefined {
  if (!Deno.stderr.isTerminal() && !Deno.stdout.isTerminal()) return undefined;
  try {
    return Deno.consoleSize();
  } catch {
    // It asks stdin, stdout and stderr in turn: none of them is a terminal that has a size.
    return undefined;
  }
}
