/**
 * Calls a program through every command that there is: `deno task smoke dist/sounder-0.1.0-x86_64-unknown-linux-gnu`. The
 * release runs it on each system; `deno task ok` does where a binary can be made. Arguments after the program come before
 * those of each call, so that `deno run main.ts` can be tried in the same way.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { type CommandName, COMMANDS } from "../lib/cli/option_table.ts";
import { call, type Called, listening, type Program } from "./smoke/program.ts";

/** Tries one thing; throws where it is not as it should be. */
type Case = (program: Program) => Promise<void>;

const NAMES = Object.keys(COMMANDS) as CommandName[];

/** At least one case for each command: a new command does not compile without. */
const OF_COMMAND: Record<CommandName, Case> = {
  serve: async (program) => {
    for (const service of ["echo", "discard", "chargen"]) {
      await using server = await listening(program, ["--service", service]);
      const stopped = await server.stop();
      if (stopped === undefined) continue;
      succeeded(stopped);
      expect(JSON.parse(lines(stopped).at(-1)!).event, "stopped");
    }
    // The Workers are in the binary: the ready line waits for them.
    if (Deno.build.os === "linux") {
      await using server = await listening(program, ["--workers", "2"]);
      const { totals } = await json(program, ["bench", `:${server.port}`, ...QUICK]);
      expect([totals.errors, totals.requests > 0], [0, true]);
    }
  },
  send: async (program) => {
    await using server = await listening(program);
    const address = `127.0.0.1:${server.port}`;
    const messages = await call(program, ["send", address, "data1", "data2"]);
    succeeded(messages);
    expect(messages.stdout, "data1\ndata2\n");
    const bytes = crypto.getRandomValues(new Uint8Array(65536));
    const stream = await call(program, ["send", address, "--json"], bytes);
    succeeded(stream);
    const { bytesReceived, verified, sha256 } = JSON.parse(stream.stdout);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    expect([bytesReceived, verified, sha256], [bytes.length, true, digest]);
    await server[Symbol.asyncDispose]();
    const refused = await call(program, ["send", address, "data1"]);
    expect([refused.code, refused.stdout], [1, ""]);
  },
  ping: async (program) => {
    await using server = await listening(program);
    const { transmitted, received } = await json(program, ["ping", `:${server.port}`, "-c", "3", "-i", "10ms"]);
    expect([transmitted, received], [3, 3]);
  },
  bench: async (program) => {
    await using server = await listening(program);
    // With Workers: their module has to be in the binary.
    const { totals, options, partial } = await json(program, ["bench", `:${server.port}`, ...QUICK, "--workers", "2"]);
    expect([totals.errors, options.workers, partial, totals.requests > 0], [0, 2, false, true]);
  },
  compare: async (program) => {
    await withResult(program, async (file) => {
      const { runsBefore, runsAfter } = await json(program, ["compare", `${file},${file}`, file]);
      expect([runsBefore, runsAfter], [2, 1]);
    });
  },
  merge: async (program) => {
    await withResult(program, async (file) => {
      const page = `${file}.html`;
      const { merged } = await json(program, ["merge", file, file, "--report", page]);
      expect(merged, 2);
      includes(await Deno.readTextFile(page), "uPlot");
    });
  },
  sockopt: async (program) => {
    const { ffi, options } = await json(program, ["sockopt"]);
    expect(typeof options.noDelay, "object");
    // A binary is granted it wherever there is a C library to call.
    expect(ffi, Deno.build.os !== "windows");
    if (!ffi) return;
    // An option that only the C library can set: proof that the binary may call it.
    await using server = await listening(program, ["--keepalive-idle", "30"]);
    const { socketOptions } = await json(program, ["send", `:${server.port}`, "data1", "--keepalive-idle", "40"]);
    expect(socketOptions.keepAliveIdleMs.effective, 40_000);
  },
  help: async (program) => {
    for (const name of NAMES) includes(await printed(program, ["help", name]), COMMANDS[name].usage);
  },
  completions: async (program) => {
    for (const shell of COMMANDS.completions.operands[0].choices) {
      const { script } = await json(program, ["completions", shell]);
      for (const name of NAMES) includes(script, name);
    }
  },
  man: async (program) => {
    const page = await printed(program, ["man"]);
    includes(page, ".TH ");
    for (const name of NAMES) includes(page, name);
  },
};

/** A bench that is soon over. */
const QUICK = ["-c", "2", "-d", "200ms", "--warmup", "0"];

/** Calls a function with a file that has the result of a short bench. */
async function withResult(program: Program, use: (file: string) => Promise<void>): Promise<void> {
  await using server = await listening(program);
  const { stdout } = await call(program, ["bench", `:${server.port}`, ...QUICK, "--json"]);
  const folder = await Deno.makeTempDir({ prefix: "sounder_smoke_" });
  try {
    await Deno.writeTextFile(`${folder}/result.json`, stdout);
    await use(`${folder}/result.json`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What concerns no command, or all. */
const GENERAL: Record<string, Case> = {
  "--version": async (program) => {
    const { name, version } = await json(program, ["--version"]);
    expect([name, version], ["sounder", config.version]);
  },
  "--help": async (program) => {
    const overview = await printed(program, ["--help"]);
    for (const name of NAMES) includes(overview, `sounder ${name}`);
    for (const name of NAMES) includes(await printed(program, [name, "--help"]), COMMANDS[name].usage);
  },
  "a wrong option": async (program) => {
    const { code, stdout, stderr } = await call(program, ["serve", "--prot", "1"]);
    expect([code, stdout], [2, ""]);
    includes(stderr, "did you mean --port?");
  },
};

function succeeded({ code, stderr }: Called): void {
  expect([code, stderr], [0, ""]);
}

function lines({ stdout }: Called): string[] {
  return stdout.trimEnd().split("\n");
}

/** What a call that has to end well prints. */
async function printed(program: Program, args: string[]): Promise<string> {
  const called = await call(program, args);
  succeeded(called);
  return called.stdout;
}

// deno-lint-ignore no-explicit-any -- the objects of several commands, of which a case picks a few members
async function json(program: Program, args: string[]): Promise<any> {
  return JSON.parse(await printed(program, [...args, "--json"]));
}

function expect(actual: unknown, wanted: unknown): void {
  const [seen, asked] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (seen !== asked) throw new Error(`expected ${shortened(asked)}, got ${shortened(seen)}`);
}

function includes(text: string, part: string): void {
  if (!text.includes(part)) throw new Error(`expected ${JSON.stringify(part)} in ${shortened(JSON.stringify(text))}`);
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** Runs every case, says of each on stdout what became of it, and returns how many failed. */
export async function smoke(program: Program): Promise<number> {
  let failed = 0;
  for (const [name, run] of Object.entries({ ...GENERAL, ...OF_COMMAND })) {
    try {
      await run(program);
      console.log(`ok      ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}: ${(error as Error).message.replaceAll(/\s+/g, " ")}`);
    }
  }
  return failed;
}

if (import.meta.main) {
  const [path, ...args] = Deno.args;
  if (path === undefined) {
    console.error("smoke: no program: deno task smoke PATH");
    Deno.exit(2);
  }
  if (await smoke({ path, args }) > 0) Deno.exit(1);
}
