/**
 * The command line under strace: its system calls about sockets, in order.
 *
 * @module
 */
import { awaitReady, type RunningServer, sounderCommand } from "./cli.ts";

const ROOT = new URL("../../", import.meta.url);
const TRACED = "setsockopt,listen,accept4,connect,bind,recvfrom,close";
/** Milliseconds for strace to write its last line. */
const TIME_LIMIT = 15_000;

/** One system call. */
export interface SystemCall {
  readonly name: string;
  /** The descriptor that it is about. */
  readonly fd: number;
  /** Its arguments after the descriptor, as strace writes them. */
  readonly args: string;
  readonly result: number;
  /** Of a setsockopt() with a number: `TCP_NODELAY 1`; of other options the name. */
  readonly option?: string;
}

/** A `sounder` that is traced; disposing of it removes the file. */
export interface Traced extends AsyncDisposable {
  readonly process: Deno.ChildProcess;
  /** Waits for its end, and resolves to its calls. */
  calls(): Promise<SystemCall[]>;
}

/** Starts `sounder` under strace, which stays behind it: signals are for `sounder`. */
export async function trace(args: string[]): Promise<Traced> {
  const file = await Deno.makeTempFile({ prefix: "sounder-strace-" });
  const [program, argv] = sounderCommand(args, ["--allow-net", "--allow-ffi"]);
  const process = new Deno.Command("strace", {
    args: ["-D", "-f", "-o", file, "-e", `trace=${TRACED}`, program, ...argv],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return {
    process,
    async calls() {
      const { pid } = process;
      const limit = performance.now() + TIME_LIMIT;
      for (;;) {
        const text = await Deno.readTextFile(file);
        if (new RegExp(`^${pid} +\\+{3} `, "m").test(text)) return parseCalls(text);
        if (performance.now() > limit) throw new Error(`strace has not ended: ${text.slice(-500)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    [Symbol.asyncDispose]: () => Deno.remove(file),
  };
}

/** The same for `sounder serve`, once it is ready. */
export async function traceServer(args: string[]): Promise<{ traced: Traced; server: RunningServer }> {
  const traced = await trace(["serve", "--port", "0", ...args]);
  return { traced, server: await awaitReady(traced.process) };
}

/** Calls that another thread interrupted stand in two lines, which are put together. */
function parseCalls(text: string): SystemCall[] {
  const begun = new Map<string, string>();
  const calls: SystemCall[] = [];
  for (const line of text.split("\n")) {
    const [, thread, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest?.endsWith("<unfinished ...>")) begun.set(thread, rest.replace(/ ?<unfinished \.\.\.>$/, ""));
    const whole = rest?.replace(/^<\.\.\. \w+ resumed>/, () => begun.get(thread) ?? "");
    const [, name, fd, args, result] = /^(\w+)\((\d+)(?:, )?(.*)\) += (-?\d+)/.exec(whole ?? "") ?? [];
    if (name) calls.push({ name, fd: Number(fd), args, result: Number(result), option: optionOf(name, args) });
  }
  return calls;
}

function optionOf(name: string, args: string): string | undefined {
  if (name !== "setsockopt") return undefined;
  const [, option, value] = /^\w+, (\w+)(?:, \[(\d+)\])?/.exec(args) ?? [];
  return value === undefined ? option : `${option} ${value}`;
}
