/**
 * `sounder` in the states in which the tests of signals and memory need it.
 *
 * @module
 */
import { sounderCommand, spawnCli } from "./cli.ts";
import { watch, type WatchedProcess, type WatchOptions } from "./interop_process.ts";

/** A server that listens. */
export interface ReadyServer extends WatchedProcess {
  port: number;
}

/** Starts `sounder serve` and waits until its log says that it listens; with `stdout: false` nobody reads its stdout. */
export async function serving(args: string[] = [], options: WatchOptions = {}): Promise<ReadyServer> {
  const process = spawnCli(["serve", "--port", "0", ...args]);
  await process.stdin.close();
  if (options.stdout === false) await process.stdout.cancel();
  const server = watch(process, options);
  const [, port] = await server.until("stderr", /started \w+ on 127\.0\.0\.1:(\d+)/);
  return Object.assign(server, { port: Number(port) });
}

/** Starts `sounder send` with stdin from a file that never ends; with `stdout: false` its stdout is for the test to read. */
export function sendEndlessly(port: number, args: string[] = [], options?: WatchOptions): WatchedProcess {
  const [program, argv] = sounderCommand(["send", `127.0.0.1:${port}`, ...args]);
  const command = new Deno.Command("sh", {
    args: ["-c", 'exec "$0" "$@" </dev/zero', program, ...argv],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  return watch(command.spawn(), options);
}

/** The most memory that a process has had so far, in bytes; where the system does not keep it, what it has now. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await outputOf("cat", [`/proc/${pid}/status`]);
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? await outputOf("ps", ["-o", "rss=", "-p", String(pid)]);
  if (!(Number(peak) > 0)) throw new Error(`cannot tell the memory of process ${pid}`);
  return Number(peak) * 1024;
}

async function outputOf(program: string, args: string[]): Promise<string> {
  // Through a program: Deno lets /proc be read only where every permission is granted.
  const { stdout } = await new Deno.Command(program, { args, stdin: "null", stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}
