import { parseArgs } from "@std/cli";
import { parseHostname, parsePort } from "../core/address.ts";
import { quote, shorten } from "../core/quote.ts";
import { parseThreads } from "../core/threads.ts";
import { parseDuration, parseRate, parseSize } from "../core/units.ts";
import {
  type CommandName,
  COMMANDS,
  hasOption,
  type OptionKind,
  type OptionName,
  OPTIONS,
  type OptionSpec,
  optionSpec,
  type OptionValues,
  REPEATED,
  type RepeatedKind,
} from "./option_table.ts";
import { suggest } from "./suggest.ts";
import { orUsage, UsageError } from "./usage_error.ts";

/** A command line, read. */
export interface CommandLine {
  /** The command; `undefined` where there is none. */
  readonly command: CommandName | undefined;
  /** The options. */
  readonly options: OptionValues;
  /** The options that were given, and not left to their defaults. */
  readonly given: ReadonlySet<OptionName>;
  /** What is left: the command's arguments. */
  readonly operands: readonly string[];
}

/**
 * Reads a command line.
 *
 * @throws {UsageError} if it is wrong.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { command, given, operands } = splitArguments(args);
  const names = Object.keys(OPTIONS) as OptionName[];
  const parsed: Record<string, unknown> = parseArgs(given, {
    boolean: names.filter((name) => OPTIONS[name].kind === "flag"),
    string: names.filter((name) => OPTIONS[name].kind !== "flag"),
    collect: names.filter((name) => REPEATED.includes(OPTIONS[name].kind)),
  });
  const options = Object.fromEntries(names.map((name) => [name, readValue(name, parsed[name], command)]));
  const givenNames = new Set(given.map((arg) => arg.slice(2).split("=")[0] as OptionName));
  return { command, options: options as OptionValues, given: givenNames, operands };
}

/**
 * Splits a command line into command, options and operands, so that every option stands as `--name=value` or `--name`.
 *
 * `parseArgs` alone takes `-c -1` for two options, `--json true` for one, a missing value for an empty one, and lets
 * unknown options pass; and a message such as `007` must stay what it is.
 */
function splitArguments(args: readonly string[]) {
  const given: string[] = [];
  const operands: string[] = [];
  let command: CommandName | undefined;
  const rest = [...args];
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (arg === "--") {
      operands.push(...rest.splice(0));
    } else if (arg.startsWith("--")) {
      given.push(longOption(arg, command, rest));
    } else if (arg.startsWith("-") && arg !== "-") {
      given.push(...shortOptions(arg, command, rest));
    } else if (command === undefined) {
      command = commandName(arg);
    } else {
      operands.push(arg);
    }
  }
  return { command, given, operands };
}

function commandName(arg: string): CommandName {
  if (Object.hasOwn(COMMANDS, arg)) return arg as CommandName;
  const names = Object.keys(COMMANDS);
  throw new UsageError(`unknown command ${quote(arg)}: ${suggest(arg, names, `use ${names.join(", ")}`)}`);
}

function longOption(arg: string, command: CommandName | undefined, rest: string[]): string {
  const equals = arg.indexOf("=");
  const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
  const known = knownOption(arg, name, command);
  return withValue(known, equals < 0 ? undefined : arg.slice(equals + 1), rest);
}

function shortOptions(arg: string, command: CommandName | undefined, rest: string[]): string[] {
  const given: string[] = [];
  for (let i = 1; i < arg.length; i++) {
    const known = knownOption(arg, nameOfShort(arg[i], command) ?? arg[i], command);
    const isFlag = OPTIONS[known].kind === "flag";
    given.push(withValue(known, isFlag ? undefined : arg.slice(i + 1).replace(/^=/, "") || undefined, rest));
    if (!isFlag) break;
  }
  return given;
}

function nameOfShort(letter: string, command: CommandName | undefined): OptionName | undefined {
  const names = Object.keys(OPTIONS) as OptionName[];
  return names.find((name) => hasOption(command, name) && optionSpec(name, command).short === letter);
}

function knownOption(arg: string, name: string, command: CommandName | undefined): OptionName {
  if (Object.hasOwn(OPTIONS, name) && hasOption(command, name as OptionName)) return name as OptionName;
  const shown = shorten(arg.startsWith("--") ? `--${name}` : arg);
  if (Object.hasOwn(OPTIONS, name)) {
    const owners = Object.keys(COMMANDS).filter((owner) => hasOption(owner as CommandName, name as OptionName));
    throw new UsageError(
      command === undefined
        ? `${shown} stands before the command: put it after ${owners.join(" or ")}`
        : `${shown} is no option of ${command}: it belongs to ${owners.join(" and ")}`,
    );
  }
  const names = (Object.keys(OPTIONS) as OptionName[]).filter((option) => hasOption(command, option));
  const help = `see sounder ${command ? `${command} ` : ""}--help`;
  const remedy = arg.startsWith("--")
    ? suggest(name, names, help, "--")
    : `${help}, or put -- before a message that begins with -`;
  throw new UsageError(`unknown option ${shown}: ${remedy}`);
}

function withValue(name: OptionName, value: string | undefined, rest: string[]): string {
  if (OPTIONS[name].kind === "flag") {
    if (value !== undefined) throw new UsageError(`--${name} takes no value: leave out ${quote("=" + value)}`);
    return `--${name}`;
  }
  // `--timeout --json` forgot the value; `--timeout -1` has one, if a bad one.
  if (value === undefined && !isOption(rest[0])) value = rest.shift();
  if (value === undefined || value === "") {
    throw new UsageError(`--${name} needs a value: --${name} ${placeholder(OPTIONS[name])}`);
  }
  return `--${name}=${value}`;
}

function isOption(arg: string | undefined): boolean {
  return arg === "--" || (arg?.startsWith("--") === true && Object.hasOwn(OPTIONS, arg.slice(2).split("=")[0]));
}

/** What the help and the errors call the value of an option. */
export function placeholder(spec: OptionSpec): string {
  return spec.choices?.join("|") ?? spec.placeholder ?? "";
}

function readValue(
  name: OptionName,
  given: unknown,
  command: CommandName | undefined,
): string | number | boolean | readonly string[] | undefined {
  const spec = optionSpec(name, command);
  if (spec.kind === "flag") return given === true;
  if (isRepeated(spec.kind)) return given as string[];
  const text = (given as string | undefined) ?? spec.default;
  if (text === undefined) return undefined;
  const read = READERS[spec.kind];
  return orUsage(() => read(text, spec), `--${name}: `);
}

function isRepeated(kind: OptionKind): kind is RepeatedKind {
  return REPEATED.includes(kind);
}

const READERS: Record<
  Exclude<OptionKind, "flag" | RepeatedKind>,
  (text: string, spec: OptionSpec) => string | number
> = {
  host: parseHostname,
  port: parsePort,
  count: parseCount,
  threads: parseThreads,
  duration: parseDuration,
  period: (text) => positive(parseDuration(text), `bad duration ${quote(text)}: use more than 0`),
  size: (text) => positive(parseSize(text), `bad size ${quote(text)}: use at least 1 byte`),
  number: parseNumber,
  rate: (text) => positive(parseRate(text), `bad rate ${quote(text)}: use more than 0`),
  file: (text) => text,
  text: (text) => text,
  choice: (text, spec) => {
    if (spec.choices?.includes(text)) return text;
    throw new SyntaxError(`bad value ${quote(text)}: use ${spec.choices?.join(", ")}`);
  },
};

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 2 ** 31 - 1) {
    throw new RangeError(`bad count ${quote(text)}: use a whole number from 1 to 2147483647`);
  }
  return count;
}

/** A whole number, decimal or `0x` hexadecimal; the table of socket options knows its range. */
function parseNumber(text: string): number {
  if (/^(\d+|0x[\da-f]+)$/i.test(text)) return Number(text);
  throw new SyntaxError(`bad number ${quote(text)}: use a whole number from 0, decimal or hexadecimal (0xb8)`);
}

function positive(value: number, message: string): number {
  if (value > 0) return value;
  throw new RangeError(message);
}
