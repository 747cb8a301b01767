/**
 * Watches what a process prints while it runs, so that a test can wait for it instead of for some time.
 *
 * @module
 */

/** A process whose output is being read. */
export interface WatchedProcess extends AsyncDisposable {
  process: Deno.ChildProcess;
  /** What stdout had so far; empty where the test reads stdout itself. */
  readonly stdout: string;
  /** What stderr had so far. */
  readonly stderr: string;
  /** Waits for a pattern on one of the two; rejects, with all that was printed, when the process ends or time is up. */
  until(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for the end. */
  end(): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Sends a signal and waits for the end. */
  stop(signal?: Deno.Signal): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Options for {@linkcode watch}. */
export interface WatchOptions {
  /** Whether stdout is read here; otherwise it is the test's. */
  stdout?: boolean;
  /** What disposing sends; `deno task` must be able to hand it on. */
  killWith?: Deno.Signal;
}

/** Longer than anything here takes on a busy machine. */
const TIME_LIMIT = 30_000;

/** Reads a process's stdout and stderr (both piped) from now on. Disposing kills it. */
export function watch(process: Deno.ChildProcess, options: WatchOptions = {}): WatchedProcess {
  const { stdout = true, killWith = "SIGKILL" } = options;
  const outputs = { stdout: new Output(), stderr: new Output() };
  const read = [outputs.stderr.readFrom(process.stderr), stdout ? outputs.stdout.readFrom(process.stdout) : undefined];
  const report = () => `stdout: ${outputs.stdout.text}\nstderr: ${outputs.stderr.text}`;
  const end = async () => {
    const ended = Promise.all([process.status, ...read]);
    const [{ code }] = await inTime(ended, () => `the process has not ended\n${report()}`);
    return { code, stdout: outputs.stdout.text, stderr: outputs.stderr.text };
  };
  return {
    process,
    get stdout() {
      return outputs.stdout.text;
    },
    get stderr() {
      return outputs.stderr.text;
    },
    until: async (stream, pattern) => {
      const match = await inTime(outputs[stream].until(pattern), () => `no ${pattern} on ${stream}\n${report()}`);
      if (!match) throw new Error(`the process ended without ${pattern} on ${stream}\n${report()}`);
      return match;
    },
    end,
    stop: (signal = "SIGTERM") => {
      process.kill(signal);
      return end();
    },
    [Symbol.asyncDispose]: async () => {
      try {
        process.kill(killWith);
      } catch {
        // It has ended already.
      }
      await end();
    },
  };
}

/** Rejects where the promise takes longer than anything here should. */
export async function inTime<T>(promise: Promise<T>, message: () => string): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(new Error(message())), TIME_LIMIT);
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

class Output {
  text = "";
  #ended = false;
  #wake = Promise.withResolvers<void>();

  async readFrom(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.text += part;
      this.#wakeAll();
    }
    this.#ended = true;
    this.#wakeAll();
  }

  async until(pattern: RegExp): Promise<RegExpExecArray | null> {
    for (let match = pattern.exec(this.text);; match = pattern.exec(this.text)) {
      if (match || this.#ended) return match;
      await this.#wake.promise;
    }
  }

  #wakeAll(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
