/**
 * A newcomer's walk: runs every command of README.md, in order, in the folder of the clone, and says of each whether it
 * did what README.md says. `deno task readme`; `--help` has the options. The fences of README.md may say more, see
 * `readme/code_blocks.ts`.
 *
 * The last line is `N commands passed, N failed, N left out`; exit 1 when one failed, or when the clone is not as it was.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Selection, whyLeftOut } from "./readme/left_out.ts";
import { serverCommand } from "./readme/server_command.ts";
import { type ShellCommand, shellCommands } from "./readme/shell_commands.ts";
import { Walk, type Walked } from "./readme/walk.ts";

const HELP = `Run the commands of README.md: readme.ts [options] [FOLDER]

FOLDER is a clone; default: the one this script is in.

--except REGEXP  leave out the commands it matches (may be repeated)
--only REGEXP    leave out the others (may be repeated)
--timeout TIME   seconds, or 10m, that a command may take (default 10m)
--list           say what would be run, and run nothing
--help           print this`;

/** Milliseconds in a time such as \`90\`, \`90s\` or \`10m\`. */
export function milliseconds(time: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m)?$/.exec(time);
  if (!match || Number(match[1]) === 0) {
    throw new TypeError(`cannot read --timeout ${time}: use seconds, or minutes as 10m`);
  }
  return Number(match[1]) * (match[2] === "m" ? 60_000 : 1000);
}

/** What a command prints, run by bash, so that we need no permission for other programs; undefined where it fails. */
function printed(command: string, cwd: string): string | undefined {
  const args = ["-c", command];
  const { success, stdout } = new Deno.Command("bash", { args, cwd, stdin: "null", stderr: "null" }).outputSync();
  return success ? new TextDecoder().decode(stdout) : undefined;
}

/** What git says of a folder; undefined where it is no clone, or there is no git. */
function gitStatus(folder: string): string | undefined {
  return printed("git status --porcelain --untracked-files=all", folder);
}

/** Ports of the commands' servers that something else has. */
export function takenPorts(commands: ShellCommand[]): number[] {
  const ports = new Set(commands.map((command) => serverCommand(command.text)?.port ?? 0));
  return Array.from(ports).filter((port) => {
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return false;
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) return true;
      throw error;
    }
  });
}

/** Walks, and ends with the walk when a signal ends us. */
async function walked(walk: Walk, commands: ShellCommand[]): Promise<Walked> {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      walk.kill();
      Deno.exit(code);
    });
  }
  return await walk.run(commands);
}

function lastLine({ passed, failed, leftOut }: Walked): string {
  return `${passed} commands passed, ${failed.length} failed, ${leftOut} left out`;
}

/** Why nothing can be run on this machine. */
function notHere(): string | undefined {
  if (Deno.build.os === "windows") return "on Windows there are no process groups to stop servers by";
  try {
    new Deno.Command("bash", { args: ["-c", ":"], stdin: "null" }).outputSync();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no bash here";
    throw error;
  }
}

/** What the command line asks for. */
interface Options extends Selection {
  folder: string;
  timeout: number;
  list: boolean;
  help: boolean;
}

function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      except: { type: "string", multiple: true, default: [] },
      only: { type: "string", multiple: true, default: [] },
      timeout: { type: "string", default: "10m" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return {
    folder: positionals[0] ?? `${import.meta.dirname}/..`,
    timeout: milliseconds(values.timeout),
    except: values.except.map((pattern) => new RegExp(pattern)),
    only: values.only.map((pattern) => new RegExp(pattern)),
    list: values.list,
    help: values.help,
  };
}

function list(commands: ShellCommand[], why: (command: ShellCommand) => string | undefined): void {
  for (const command of commands) {
    const reason = why(command);
    const kind = reason ? `left out: ${reason}` : serverCommand(command.text) ? "server" : `exit ${command.exitCode}`;
    console.log(`README.md:${command.line}: ${command.text.replaceAll("\n", "\n    ")}\n  ${kind}`);
  }
}

/** The README.md of a folder; one that cannot be read is a wrong argument, as a wrong option is. */
async function readmeOf(folder: string): Promise<string> {
  try {
    return await Deno.readTextFile(`${folder}/README.md`);
  } catch (error) {
    throw new TypeError(`cannot read ${folder}/README.md: ${(error as Error).message}`);
  }
}

/** Runs what README.md of `options.folder` says; whether it all held. */
async function walkReadme(options: Options): Promise<boolean> {
  const { folder, timeout } = options;
  const commands = shellCommands(await readmeOf(folder));
  const unmatched = options.only.find((pattern) => !commands.some(({ text }) => pattern.test(text)));
  if (unmatched) throw new TypeError(`no command matches --only ${unmatched.source}: see --list`);
  const why = (command: ShellCommand) => whyLeftOut(command, options);
  if (options.list) {
    list(commands, why);
    return true;
  }
  const taken = takenPorts(commands.filter((command) => why(command) === undefined));
  if (taken.length > 0) {
    console.error(`nothing was run: port ${taken.join(", ")} of 127.0.0.1 is in use: stop what listens there`);
    return false;
  }
  const before = gitStatus(folder);
  const system = printed("uname -sr", folder)?.trim() ?? "";
  const result = await walked(new Walk({ folder, timeout, whyLeftOut: why, system, print: console.log }), commands);
  const after = gitStatus(folder);
  if (before !== after) result.failed.push(`the clone is not as it was: git status said\n${before}and says\n${after}`);
  console.log(`\n${result.failed.map((line) => `FAILED ${line}\n`).join("")}${lastLine(result)}`);
  return result.failed.length === 0;
}

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args);
    const missing = notHere();
    if (options.help) console.log(HELP);
    else if (missing) console.log(`skipped: ${missing}\n${lastLine({ passed: 0, failed: [], leftOut: 0 })}`);
    else return await walkReadme(options) ? 0 : 1;
    return 0;
  } catch (error) {
    // An option, a pattern or a fence that cannot be read.
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    console.error(`readme: ${error.message}`);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
