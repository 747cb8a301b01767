/** A signal that asks the program to stop; SIGBREAK is Windows's, where SIGTERM does not exist. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGBREAK";

/** What the command line touches of the process; tests give their own. */
export interface CliIo {
  /** Opens stdin; called at most once. */
  stdin(): ReadableStream<Uint8Array>;
  /** Whether stdin is a terminal. */
  readonly stdinIsTerminal: boolean;
  /**
   * Writes the whole of the bytes to stdout.
   *
   * @throws {Deno.errors.BrokenPipe} if nobody reads it any more.
   */
  writeOutput(bytes: Uint8Array): Promise<void>;
  /** Writes to stderr. Never throws. */
  writeError(text: string): void;
  /** Whether stderr is a terminal. */
  readonly stderrIsTerminal: boolean;
  /** Whether the environment asks for no colors (NO_COLOR). */
  readonly noColor: boolean;
  /** Calls the listener at each stop signal, in place of the end of the process, until the function returned is called. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
}

/** The real process. */
export function processIo(): CliIo {
  const encoder = new TextEncoder();
  return {
    stdin: () => Deno.stdin.readable,
    stdinIsTerminal: Deno.stdin.isTerminal(),
    writeOutput: async (bytes) => {
      try {
        for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw error;
        throw new Error(`cannot write to stdout: ${(error as Error).message}`, { cause: error });
      }
    },
    writeError: (text) => {
      const bytes = encoder.encode(text);
      try {
        for (let done = 0; done < bytes.length;) done += Deno.stderr.writeSync(bytes.subarray(done));
      } catch {
        // Nobody reads stderr any more; there is nowhere left to say so, and the work goes on.
      }
    },
    stderrIsTerminal: Deno.stderr.isTerminal(),
    noColor: Deno.noColor,
    onStopSignal: (listener) => {
      const signals: StopSignal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
      const removals = signals.map((signal) => {
        const onSignal = () => listener(signal);
        Deno.addSignalListener(signal, onSignal);
        return () => Deno.removeSignalListener(signal, onSignal);
      });
      return () => removals.forEach((remove) => remove());
    },
  };
}
