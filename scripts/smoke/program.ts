import { killAfter } from "../kill_after.ts";

/** Milliseconds that one call may take; a cold start on a busy machine takes seconds. */
const TIME_LIMIT_MS = 60_000;

/** A program with the arguments that come before all others: a binary, or deno with `run … main.ts`. */
export interface Program {
  /** Its path. */
  readonly path: string;
  /** Arguments before those of a call. */
  readonly args: readonly string[];
}

/** What a call left behind. */
export interface Called {
  /** The exit code. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it said. */
  readonly stderr: string;
}

/** Calls a program to its end; one that does not end is killed, which its exit code tells. */
export async function call(program: Program, args: readonly string[], stdin = new Uint8Array()): Promise<Called> {
  const child = spawn(program, args);
  // A program that does not read its stdin breaks the pipe: its exit code and output are what counts.
  const fed = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {});
  const [{ code, stdout, stderr }] = await Promise.all([within(child, child.output()), fed]);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A server that listens; disposing kills it where it still runs. */
export interface Listening extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /**
   * Stops it as Ctrl-C does, and waits for its end.
   *
   * @returns What it left behind, from its start on; undefined on Windows, where no program can press Ctrl-C for another.
   */
  stop(): Promise<Called | undefined>;
}

/** Starts `serve --port 0 --json --quiet` and waits until it says where it listens. */
export async function listening(program: Program, args: readonly string[] = []): Promise<Listening> {
  const child = spawn(program, ["serve", "--port", "0", "--json", "--quiet", ...args]);
  await child.stdin.close();
  const stderr = new Response(child.stderr).text();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let stdout = "";
  const readOn = async (): Promise<boolean> => {
    const { value, done } = await lines.read();
    stdout += value ?? "";
    return !done;
  };
  await within(
    child,
    (async () => {
      while (!stdout.includes("\n") && await readOn());
    })(),
  );
  const [ready] = stdout.split("\n", 1);
  if (!stdout.includes("\n")) throw new Error(`serve ended before it was ready: ${stdout}${await stderr}`);
  const { event, port } = JSON.parse(ready);
  if (event !== "listening") throw new Error(`serve --json began with ${ready}`);
  let ended: Promise<Called> | undefined;
  const end = (signal: "SIGKILL" | "SIGINT") => {
    child.kill(signal);
    const rest = (async () => {
      while (await readOn());
    })();
    return within(child, Promise.all([child.status, stderr, rest])).then(([{ code }, said]) => ({
      code,
      stdout,
      stderr: said,
    }));
  };
  return {
    port,
    stop: async () => {
      if (Deno.build.os === "windows") return undefined;
      return await (ended ??= end("SIGINT"));
    },
    [Symbol.asyncDispose]: async () => {
      await (ended ??= end("SIGKILL"));
    },
  };
}

function spawn({ path, args: first }: Program, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(path, {
    args: [...first, ...args],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What is to come from a child; at the time limit the child is killed, which ends it. */
async function within<T>(child: Deno.ChildProcess, promise: Promise<T>): Promise<T> {
  using _limit = killAfter(child, TIME_LIMIT_MS);
  return await promise;
}
