import { optionSummary } from "./option_summary.ts";
import {
  type CommandName,
  COMMANDS,
  type CommandSpec,
  type OperandKind,
  type OperandSpec,
  type OptionKind,
  type OptionName,
  type OptionSpec,
  optionSpec,
  ownOptions,
  REPEATED,
} from "./option_table.ts";
import { placeholder } from "./parse_command_line.ts";

/** What a shell can look up by itself; `nothing` is what it knows nothing of, so that it must not offer files either. */
export type Source = "nothing" | "hosts" | "interfaces" | "files";

/** What a shell offers where a value or an operand stands: some words, or what it looks up. */
export type Completion = Source | readonly string[];

/** The same for an operand, which may be a command. */
export type OperandCompletion = Completion | "commands";

/** An option, as a shell offers it. */
export interface CompletionOption {
  /** `--port`. */
  readonly long: string;
  /** `-p`. */
  readonly short?: string;
  /** One sentence. */
  readonly summary: string;
  /** What the help calls the value; "" where there is none. */
  readonly placeholder: string;
  /** What to offer for the value; `undefined` where it takes none. */
  readonly value: Completion | undefined;
  /** Whether it may be given several times. */
  readonly repeated: boolean;
}

/** An operand, as a shell offers it. */
export interface CompletionOperand extends OperandSpec {
  /** What to offer. */
  readonly value: OperandCompletion;
}

/** A command, as a shell offers it. */
export interface CompletionCommand {
  /** Its name. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** The options that it has of its own. */
  readonly options: readonly CompletionOption[];
  /** Its operands, in order. */
  readonly operands: readonly CompletionOperand[];
}

/** The command line, as a shell offers it: what the scripts of all shells are made from. */
export interface CompletionModel {
  /** The options that every command has, and that may stand before it. */
  readonly common: readonly CompletionOption[];
  /** The commands, in the order of the help. */
  readonly commands: readonly CompletionCommand[];
}

/** Makes the model of Sounder's own command line, from its table. */
export function completionModel(): CompletionModel {
  const names = Object.keys(COMMANDS) as CommandName[];
  return {
    common: completionOptions(undefined),
    commands: names.map((name) => ({
      name,
      summary: COMMANDS[name].summary,
      options: completionOptions(name),
      operands: completionOperands(name),
    })),
  };
}

/** What each kind of value is to a shell. A new kind has to decide here. */
const VALUES: Record<Exclude<OptionKind, "flag" | "choice">, Completion> = {
  host: "hosts",
  port: "nothing",
  count: "nothing",
  threads: ["auto"],
  duration: "nothing",
  period: "nothing",
  size: "nothing",
  number: "nothing",
  rate: "nothing",
  file: "files",
  text: "nothing",
  gate: "nothing",
  listen: "nothing",
  cidr: "nothing",
  files: "files",
  fault: "nothing",
  sockopt: "nothing",
};

/** What is more than its kind says. */
const EXCEPTIONS: Partial<Record<OptionName, Source>> = { "bind-device": "interfaces" };

/** What each kind of operand is to a shell. A new kind has to decide here. */
const OPERANDS: Record<Exclude<OperandKind, "choice">, Source | "commands"> = {
  address: "hosts",
  command: "commands",
  file: "files",
  text: "nothing",
};

function completionOptions(command: CommandName | undefined): CompletionOption[] {
  return ownOptions(command).map((name) => {
    const spec = optionSpec(name, command);
    return {
      long: `--${name}`,
      short: spec.short && `-${spec.short}`,
      summary: optionSummary(spec),
      placeholder: placeholder(spec),
      value: optionValue(name, spec),
      repeated: REPEATED.includes(spec.kind),
    };
  });
}

function optionValue(name: OptionName, { kind, choices = [] }: OptionSpec): Completion | undefined {
  if (kind === "flag") return undefined;
  return kind === "choice" ? choices : EXCEPTIONS[name] ?? VALUES[kind];
}

function completionOperands(command: CommandName): CompletionOperand[] {
  const { operands }: CommandSpec = COMMANDS[command];
  return operands.map((spec) => ({
    ...spec,
    value: spec.kind === "choice" ? spec.choices ?? [] : OPERANDS[spec.kind],
  }));
}

/**
 * A regular expression, as bash, fish and JavaScript read it alike, for an argument that the value of one of these options
 * follows: `--port`, `-p`, `-vp`; neither `--port=80` nor `-p80`.
 */
export function awaitsValue(options: readonly CompletionOption[]): string {
  const valued = options.filter(({ value }) => value !== undefined);
  const letters = valued.flatMap(({ short }) => short?.slice(1) ?? []).join("");
  const long = `--(${valued.map(({ long }) => long.slice(2)).join("|")})`;
  return letters === "" ? `^${long}$` : `^(${long}|-([^-${letters}][^${letters}]*)?[${letters}])$`;
}
