import type { Logger } from "../core/logger.ts";
import type { CliIo } from "./io.ts";
import type { CommandLine } from "./parse_command_line.ts";
import type { OptionName, OptionValues } from "./option_table.ts";
import { createLogger } from "./create_logger.ts";
import { jsonLogLine } from "./json_log_line.ts";

/** What a command works with. */
export interface CommandContext {
  /** The options, read. */
  readonly options: OptionValues;
  /** The options that were given, and not left to their defaults. */
  readonly given: ReadonlySet<OptionName>;
  /** The arguments that are no options. */
  readonly operands: readonly string[];
  /** The process. */
  readonly io: CliIo;
  /** The log, to stderr. */
  readonly logger: Logger;
  /** Says something on stderr, whatever the log level: a line, or an object with `--log-format json`. */
  say(message: string): void;
  /** Prints one line on stdout. */
  print(line: string): Promise<void>;
  /** Prints one JSON object, with the schema's number, on stdout. */
  printJson(object: Record<string, unknown>): Promise<void>;
}

/** The number of the JSON schema: it changes when a member changes its meaning or goes. */
export const SCHEMA = 1;

/** What a command exports: resolves to the exit code. */
export type Command = (context: CommandContext) => Promise<number>;

/** Makes the context of a command. */
export function commandContext({ options, given, operands }: Omit<CommandLine, "command">, io: CliIo): CommandContext {
  const encoder = new TextEncoder();
  const print = (line: string) => io.writeOutput(encoder.encode(line + "\n"));
  const logger = createLogger({
    level: options.quiet ? "error" : options["log-level"],
    format: options["log-format"],
    color: io.stderrIsTerminal && !io.noColor && !options["no-color"],
    write: (line) => io.writeError(line),
  });
  const say = (message: string) =>
    io.writeError((options["log-format"] === "json" ? jsonLogLine("info", message) : message) + "\n");
  return {
    options,
    given,
    operands,
    io,
    logger,
    say,
    print,
    printJson: (object) => print(JSON.stringify({ schema: SCHEMA, ...object })),
  };
}
