/**
 * The command line and a probe of the library, inside a network namespace.
 *
 * @module
 */
import { awaitReady, type Finished, type RunningServer, sounderCommand } from "./cli.ts";
import type { Netns } from "./netns.ts";

const PIPED = {
  cwd: new URL("../../", import.meta.url),
  env: { NO_COLOR: "1" },
  stdin: "piped",
  stdout: "piped",
  stderr: "piped",
} as const;
const PERMISSIONS = ["--allow-net", "--allow-ffi"];

/** Starts `sounder` inside, with pipes on all three. */
export function spawnInside(netns: Netns, args: string[]): Deno.ChildProcess {
  return netns.command(...sounderCommand(args, PERMISSIONS), PIPED).spawn();
}

/** Starts `sounder serve` inside, and waits until it is ready. */
export async function serveInside(netns: Netns, host: string, port: number, args = ""): Promise<RunningServer> {
  const process = spawnInside(netns, ["serve", "--host", host, "--port", String(port), ...split(args)]);
  await process.stdin.close();
  return await awaitReady(process);
}

/** Runs `sounder send` inside with its arguments split at blanks, to its end. */
export async function sendInside(netns: Netns, target: string, args: string): Promise<Finished & { ms: number }> {
  const began = performance.now();
  const process = spawnInside(netns, ["send", target, ...split(args)]);
  await process.stdin.close();
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  const ms = performance.now() - began;
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), bytes: stdout, ms };
}

function split(args: string): string[] {
  return args.split(" ").filter(Boolean);
}

/** A `sounder send` whose stdin is held open. */
export interface OpenClient extends AsyncDisposable {
  /** Sends a text. */
  write(text: string): Promise<void>;
  /** Its end, with the milliseconds since 1970 of it. */
  readonly end: Promise<{ code: number; stderr: string; at: number }>;
  /** Whether it has not ended. */
  readonly isRunning: boolean;
}

/** Starts a `sounder send` whose stdin is held open, and waits until a first line has come back to it. */
export async function openClient(netns: Netns, target: string, args = ""): Promise<OpenClient> {
  const process = spawnInside(netns, ["send", target, ...split(args)]);
  return await holdOpen(process);
}

/** Milliseconds after which a client is killed that ought to have ended, so that a test fails and does not hang. */
const TIME_LIMIT = 30_000;

/** The same for one that was started already. */
export async function holdOpen(process: Deno.ChildProcess): Promise<OpenClient> {
  const timer = setTimeout(() => process.kill("SIGKILL"), TIME_LIMIT);
  const input = process.stdin.getWriter();
  const write = (text: string) => input.write(new TextEncoder().encode(text));
  const stderr = new Response(process.stderr).text();
  let isRunning = true;
  const end = (async () => {
    const { code } = await process.status;
    clearTimeout(timer);
    isRunning = false;
    return { code, at: Date.now(), stderr: await stderr };
  })();
  await write("hello\n");
  const output = process.stdout.getReader();
  const { done } = await output.read();
  if (done) throw new Error(`the client ended before its echo came: ${await stderr}`);
  output.releaseLock();
  return {
    write,
    end,
    get isRunning() {
      return isRunning;
    },
    async [Symbol.asyncDispose]() {
      if (isRunning) process.kill("SIGKILL");
      await end;
      await Promise.allSettled([input.close(), process.stdout.cancel()]);
    },
  };
}
