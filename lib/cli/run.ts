import { type Command, type CommandContext, commandContext, SCHEMA } from "./command_context.ts";
import { describeError, describeInFull, EXIT } from "./describe_error.ts";
import { type CliIo, OutputClosedError } from "./io.ts";
import { jsonLogLine } from "./json_log_line.ts";
import type { CommandName } from "./option_table.ts";
import { type CommandLine, parseCommandLine } from "./parse_command_line.ts";
import { UsageError } from "./usage_error.ts";

/** Loaded when called: `--help` need not wait for sockets. */
const LOADERS: Record<CommandName, () => Promise<Command>> = {
  serve: async () => (await import("./serve_command.ts")).serveCommand,
  send: async () => (await import("./send_command.ts")).sendCommand,
  ping: async () => (await import("./ping_command.ts")).pingCommand,
  bench: async () => (await import("./bench_command.ts")).benchCommand,
  compare: async () => (await import("./compare_command.ts")).compareCommand,
  merge: async () => (await import("./merge_command.ts")).mergeCommand,
  sockopt: async () => (await import("./sockopt_command.ts")).sockoptCommand,
  help: async () => (await import("./help_command.ts")).helpCommand,
  completions: async () => (await import("./completions_command.ts")).completionsCommand,
  man: async () => (await import("./man_command.ts")).manCommand,
};

/**
 * Runs a command line.
 *
 * @returns The exit code: 0 all good; 1 the network or the peer failed; 2 the command was wrong; 130 or 143 after a
 * signal that cut the work short.
 */
export async function run(args: readonly string[], io: CliIo): Promise<number> {
  const exitCode = await runLine(args, io);
  await io.flushError();
  return exitCode;
}

async function runLine(args: readonly string[], io: CliIo): Promise<number> {
  let line: CommandLine;
  try {
    line = parseCommandLine(args);
  } catch (error) {
    return await fail(error, io, { json: isAsked(args, "json"), verbose: isAsked(args, "verbose", "v") });
  }
  const { json, verbose, "log-format": format } = line.options;
  const context = commandContext(line, io);
  let reported = false;
  const printJson: CommandContext["printJson"] = (object) => {
    reported = true;
    return context.printJson(object);
  };
  try {
    return await runCommand(line, { ...context, printJson });
  } catch (error) {
    if (error instanceof OutputClosedError) return EXIT.ok;
    return await fail(error, io, { json: json && !reported, verbose, format });
  }
}

async function runCommand({ command, options }: CommandLine, context: CommandContext): Promise<number> {
  if (options.help) {
    const help = await LOADERS.help();
    return await help({ ...context, operands: command === undefined ? [] : [command] });
  }
  if (options.version) {
    const { versionInfo, versionText } = await import("./version_info.ts");
    if (options.json) await context.printJson({ ...versionInfo() });
    else await context.print(versionText(options.verbose));
    return EXIT.ok;
  }
  if (command === undefined) {
    throw new UsageError(`no command: use ${Object.keys(LOADERS).join(", ")} (see sounder --help)`);
  }
  return await (await LOADERS[command]())(context);
}

/** How to tell of an error. */
interface FailOptions {
  /** Whether stdout is to have an object: the command has not printed one. */
  json: boolean;
  /** Whether the stack and the causes are told. */
  verbose: boolean;
  /** The format of stderr; text where the command line could not be read. */
  format?: "text" | "json";
}

/** Tells of an error: one line on stderr, more with `--verbose`, and an object on stdout where the command left that. */
async function fail(error: unknown, io: CliIo, { json, verbose, format = "text" }: FailOptions): Promise<number> {
  const { exitCode, message, json: data } = describeError(error);
  const detail = verbose ? describeInFull(error) : undefined;
  io.writeError(
    format === "json"
      ? jsonLogLine("error", message, { detail }) + "\n"
      : `sounder: ${message}\n${detail === undefined ? "" : detail + "\n"}`,
  );
  if (json) {
    const object = JSON.stringify({ schema: SCHEMA, error: data }) + "\n";
    // Where stdout takes nothing, the line above and the exit code still tell.
    await io.writeOutput(new TextEncoder().encode(object)).catch(() => {});
  }
  return exitCode;
}

/** Whether a flag stands on a command line that could not be read. */
function isAsked(args: readonly string[], name: string, letter?: string): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((arg) =>
    arg === `--${name}` || (letter !== undefined && /^-[a-z]+$/.test(arg) && arg.includes(letter))
  );
}
