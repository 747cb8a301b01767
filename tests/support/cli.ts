/**
 * Starts the command line as a process of its own, as a user does.
 *
 * @module
 */
import { stdFlags } from "../../scripts/std_flags.ts";

const ROOT = new URL("../../", import.meta.url);

/** How a command line is started. */
export interface SpawnOptions {
  /** What stdin holds; nothing by default. */
  stdin?: string | Uint8Array;
  /** Deno's permission flags. */
  permissions?: string[];
  /** Variables added to the environment. */
  env?: Record<string, string>;
}

/** What a process left behind. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  /** Stdout as it was, for output that is no text. */
  bytes: Uint8Array;
}

/** The command that runs `sounder` from this tree, with this process's deno and @std. */
export function sounderCommand(args: string[], permissions: string[] = ["--allow-net"]): [string, string[]] {
  return [Deno.execPath(), ["run", "-q", "--no-prompt", ...stdFlags(), ...permissions, "main.ts", ...args]];
}

/** Starts `sounder` with pipes on all three. */
export function spawnCli(args: string[], options: SpawnOptions = {}): Deno.ChildProcess {
  const [program, argv] = sounderCommand(args, options.permissions);
  return new Deno.Command(program, {
    args: argv,
    cwd: ROOT,
    env: { NO_COLOR: "1", ...options.env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Milliseconds after which what ought to have ended is killed, so that a test fails and does not hang. */
const TIME_LIMIT = 45_000;

/** Runs `sounder` to its end. */
export async function runCli(args: string[], options: SpawnOptions = {}): Promise<Finished> {
  const child = spawnCli(args, options);
  const timer = setTimeout(() => child.kill("SIGKILL"), TIME_LIMIT);
  const input = options.stdin ?? new Uint8Array();
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  // A program that ends without reading its stdin breaks the pipe: that is for its exit code to tell.
  const fed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeTo(child.stdin).catch(() => {});
  const [output] = await Promise.all([child.output(), fed]);
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
    bytes: output.stdout,
  };
}

/** A `sounder serve` that is ready. */
export interface RunningServer extends AsyncDisposable {
  process: Deno.ChildProcess;
  port: number;
  /** The first line of stdout. */
  ready: string;
  /** Sends a signal, waits for the end, and returns what was printed, the ready line included. */
  stop(signal?: Deno.Signal): Promise<Omit<Finished, "bytes">>;
}

/** Starts `sounder serve`, on port 0 unless `--listen` says where, and waits for its ready line. Disposing kills it. */
export async function startServer(args: string[] = [], options: SpawnOptions = {}): Promise<RunningServer> {
  const port = args.includes("--listen") ? [] : ["--port", "0"];
  const process = spawnCli(["serve", ...port, ...args], options);
  await process.stdin.close();
  return await awaitReady(process);
}

/** Waits for the ready line of a server that was started, whichever way. */
export async function awaitReady(process: Deno.ChildProcess): Promise<RunningServer> {
  const stderr = new Response(process.stderr).text();
  const timer = setTimeout(() => process.kill("SIGKILL"), TIME_LIMIT);
  void process.status.then(() => clearTimeout(timer));
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await output.read();
    if (done) throw new Error(`the server ended before it was ready: ${text}${await stderr}`);
    text += value;
  }
  const ready = text.slice(0, text.indexOf("\n"));
  const port = Number(/:(\d+) \(/.exec(ready)?.[1] ?? JSON.parse(ready).port);
  const rest = (async () => {
    for (let chunk = await output.read(); !chunk.done; chunk = await output.read()) text += chunk.value;
  })();
  const end = async () => {
    const [{ code }, errors] = await Promise.all([process.status, stderr, rest]);
    return { code, stdout: text, stderr: errors };
  };
  return {
    process,
    port,
    ready,
    stop: (signal = "SIGTERM") => {
      process.kill(signal);
      return end();
    },
    [Symbol.asyncDispose]: async () => {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await end();
    },
  };
}
