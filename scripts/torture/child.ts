import { signalGroup } from "./signal_group.ts";

/** Enough to say why something ended, and to find what it warned of. */
const KEPT_CHARS = 256 * 1024;

/** How a program ended. */
export interface ChildEnd {
  /** The exit code; 128 and the signal's number where that ended it. */
  readonly code: number;
  /** What it printed last. */
  readonly stdout: string;
  /** What it said last. */
  readonly stderr: string;
}

/** A program of a case. Disposing kills it, with all that it started. */
export interface Child extends AsyncDisposable {
  /** Its id; it leads a process group of its own. */
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly end: Promise<ChildEnd>;
  /** Whether it has. */
  readonly ended: boolean;
  /** What it said so far. */
  readonly stderr: string;
  /** Waits for the first line of stdout. Rejects where it ends without one. */
  firstLine(): Promise<string>;
  /** Sends it a signal. */
  signal(signal: Deno.Signal): void;
  /** Writes to its stdin, where that is a pipe, which a closed one does not take. */
  readonly stdin: WritableStream<Uint8Array> | undefined;
}

/** How a program is started. */
export interface ChildOptions {
  /** What is executed. */
  readonly path: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** The folder it runs in. */
  readonly cwd?: string;
  /** Whether stdin is a pipe; nothing by default. */
  readonly stdin?: boolean;
}

/** Starts a program. */
export function spawnChild({ path, args, cwd, stdin = false }: ChildOptions): Child {
  const child = new Deno.Command(path, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: stdin ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
    // A group of its own: a terminal's Ctrl-C is ours alone, and all that it starts can be ended.
    detached: true,
  }).spawn();
  const output = new KeptText(child.stdout);
  const errors = new KeptText(child.stderr);
  let ended = false;
  const end = (async () => {
    const { code } = await child.status;
    ended = true;
    await Promise.all([output.done, errors.done]);
    return { code, stdout: output.text, stderr: errors.text };
  })();
  return {
    pid: child.pid,
    end,
    get ended() {
      return ended;
    },
    get stderr() {
      return errors.text;
    },
    firstLine: async () => {
      const line = await output.firstLine;
      if (line !== undefined) return line;
      const { code, stderr } = await end;
      throw new Error(`it ended before it was ready, exit code ${code}: ${stderr.trim() || "it says nothing"}`);
    },
    signal: (signal) => child.kill(signal),
    stdin: stdin ? child.stdin : undefined,
    [Symbol.asyncDispose]: async () => {
      // One that has ended may have left its id to another.
      if (!ended) signalGroup(child.pid, "SIGKILL");
      // A writer that still writes finds the pipe broken; where none does, nothing else closes it.
      if (stdin && !child.stdin.locked) await child.stdin.close().catch(() => {});
      await end;
    },
  };
}

/** The last of what a stream brings, and its first line, read as it comes: a full pipe would hold the program up. */
class KeptText {
  readonly #firstLine = Promise.withResolvers<string | undefined>();
  /** The last of it. */
  text = "";
  /** Resolves at its end. */
  readonly done: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.done = this.#read(stream);
  }

  /** Resolves to the first line, or to undefined where there is none. */
  get firstLine(): Promise<string | undefined> {
    return this.#firstLine.promise;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let head = "";
    let complete = false;
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.text = (this.text + part).slice(-KEPT_CHARS);
      if (complete) continue;
      head += part;
      complete = head.includes("\n");
      if (complete) this.#firstLine.resolve(head.slice(0, head.indexOf("\n")));
    }
    this.#firstLine.resolve(undefined);
  }
}
