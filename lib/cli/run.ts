import { type Command, type CommandContext, commandContext, SCHEMA } from "./command_context.ts";
import { describeError, describeInFull, EXIT } from "./describe_error.ts";
import { helpText } from "./help.ts";
import { ignoreBrokenPipe } from "./ignore_broken_pipe.ts";
import type { CliIo } from "./io.ts";
import type { CommandName } from "./option_table.ts";
import { type CommandLine, parseCommandLine } from "./parse_command_line.ts";
import { UsageError } from "./usage_error.ts";
import { VERSION } from "./version.ts";

/** Loaded when called: `--help` need not wait for sockets. */
const LOADERS: Record<CommandName, () => Promise<Command>> = {
  serve: async () => (await import("./serve_command.ts")).serveCommand,
  send: async () => (await import("./send_command.ts")).sendCommand,
};

/**
 * Runs a command line.
 *
 * @returns The exit code: 0 all good; 1 the network or the peer failed; 2 the command was wrong; 130 or 143 after a
 * signal that cut the work short.
 */
export async function run(args: readonly string[], io: CliIo): Promise<number> {
  let line: CommandLine;
  try {
    line = parseCommandLine(args);
  } catch (error) {
    return await fail(error, io, { json: isAsked(args, "--json"), verbose: isAsked(args, "--verbose") });
  }
  const { json, verbose } = line.options;
  const context = commandContext(line.options, line.operands, io);
  let reported = false;
  const printJson: CommandContext["printJson"] = (object) => {
    reported = true;
    return context.printJson(object);
  };
  try {
    return await runCommand(line, { ...context, printJson });
  } catch (error) {
    return await fail(error, io, { json: json && !reported, verbose });
  }
}

async function runCommand({ command, options }: CommandLine, context: CommandContext): Promise<number> {
  if (options.help) {
    await context.io.writeOutput(new TextEncoder().encode(helpText(command)));
    return EXIT.ok;
  }
  if (options.version) {
    if (options.json) await context.printJson({ name: "sounder", version: VERSION });
    else await context.print(`sounder ${VERSION}`);
    return EXIT.ok;
  }
  if (command === undefined) {
    throw new UsageError(`no command: use ${Object.keys(LOADERS).join(" or ")} (see sounder --help)`);
  }
  return await (await LOADERS[command]())(context);
}

/** Tells of an error: one line on stderr, more with `--verbose`, and an object on stdout where the command left that. */
async function fail(error: unknown, io: CliIo, { json, verbose }: { json: boolean; verbose: boolean }) {
  const { exitCode, message, json: data } = describeError(error);
  io.writeError(`sounder: ${message}\n${verbose ? describeInFull(error) + "\n" : ""}`);
  if (json) {
    await ignoreBrokenPipe(
      io.writeOutput(new TextEncoder().encode(JSON.stringify({ schema: SCHEMA, error: data }) + "\n")),
    );
  }
  return exitCode;
}

/** Whether a flag stands on a command line that could not be read. */
function isAsked(args: readonly string[], flag: string): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes(flag);
}
