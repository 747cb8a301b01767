/**
 * Programs that nobody here wrote: as clients of `sounder serve`, and as servers for `sounder send`.
 *
 * @module
 */
import { inTime, watch, type WatchedProcess } from "./interop_process.ts";

/** What a foreign client did. */
export interface ClientResult {
  code: number;
  bytes: Uint8Array;
  stderr: string;
}

/** The path of a Python program of ours. */
export function fixture(name: string): string {
  return `${import.meta.dirname}/../interop/fixtures/${name}`;
}

/** Runs a program with the bytes on stdin. */
export async function runProgram(program: string, args: string[], input: Uint8Array): Promise<ClientResult> {
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  // A program that ends early breaks the pipe: its exit code and output tell.
  const fed = new Blob([input as Uint8Array<ArrayBuffer>]).stream().pipeTo(child.stdin).catch(() => {});
  try {
    const [output] = await inTime(Promise.all([child.output(), fed]), () => `${program} has not ended`);
    return { code: output.code, bytes: output.stdout, stderr: new TextDecoder().decode(output.stderr) };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** A foreign server that is ready. */
export interface ForeignServer extends AsyncDisposable {
  port: number;
  watched: WatchedProcess;
}

/** Starts a program that picks a free port and says which on stdout or stderr; `ready` has the port as its first group. */
export async function startForeign(program: string, args: string[], ready: RegExp): Promise<ForeignServer> {
  const watched = spawnWatched(program, args);
  try {
    const stream = program === "python3" ? "stdout" : "stderr";
    const [, port] = await watched.until(stream, ready);
    return { port: Number(port), watched, [Symbol.asyncDispose]: () => end(watched) };
  } catch (error) {
    await end(watched);
    throw error;
  }
}

/** Starts `ncat` as a server, which cannot pick a port: one that was free a moment ago may be taken, so it tries again. */
export async function startNcat(args: string[]): Promise<ForeignServer> {
  for (let tries = 1;; tries++) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    try {
      return await startForeign("ncat", [...args, "127.0.0.1", String(port)], /Listening on 127\.0\.0\.1:(\d+)/);
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

function spawnWatched(program: string, args: string[]): WatchedProcess {
  const options = { args, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return watch(new Deno.Command(program, options).spawn());
}

/** Ends a server and what it forked, one child for each connection: those hold its output open. */
async function end(server: WatchedProcess): Promise<void> {
  const args = ["-P", String(server.process.pid)];
  // Where there is no pkill, each child ends with its connection.
  await new Deno.Command("pkill", { args, stdin: "null" }).output().catch(() => {});
  await server[Symbol.asyncDispose]();
}

/** What OpenBSD's nc has and Debian's other one, and macOS's, do not: undefined where `nc` can half-close. */
export async function noOpenbsdNc(): Promise<string | undefined> {
  const { stdout, stderr } = await new Deno.Command("nc", { args: ["-h"], stdin: "null" }).output();
  const help = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return /^\s*-N\b/m.test(help) ? undefined : "the nc of this machine has no -N (half-close)";
}
