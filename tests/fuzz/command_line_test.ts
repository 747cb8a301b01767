import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { checkOperands } from "../../lib/cli/check_operands.ts";
import {
  type CommandName,
  COMMANDS,
  hasOption,
  type OptionName,
  OPTIONS,
  type OptionSpec,
  optionSpec,
  REPEATED,
} from "../../lib/cli/option_table.ts";
import { type CommandLine, parseCommandLine } from "../../lib/cli/parse_command_line.ts";
import { clientSocketOptions, serveSocketOptions } from "../../lib/cli/socket_option_flags.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
import { shorten } from "../../lib/core/quote.ts";
import { assertClear } from "./clear_error.ts";
import { anyText, longTexts } from "./texts.ts";

const RUNS = 2000;

const NAMES = Object.keys(OPTIONS) as OptionName[];
const SHORT = [
  ...new Set(NAMES.map((name) => (OPTIONS[name] as OptionSpec).short).filter((short) => short)),
] as string[];

/** Values that some option takes, and operands. */
const VALUES = [
  ...["127.0.0.1", "::1", "0", "7", "65535", "500ms", "3.5s", "0s", "64k", "1", "10k", ".5", "0xb8", "auto", "echo"],
  ...[
    "debug",
    "json",
    "p99>5ms",
    "loss>5%",
    "tcp:TCP_CORK=1",
    "reset@10k:20%",
    "10.0.0.0/8",
    ":7=echo+tls",
    "file.pem",
  ],
  ...["down", "duplex", "1.3", "cubic", "lo", "h2,echo/1", "true", "false", "-", "--", "-1", "=", "a.json,b.json"],
];

const value = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...VALUES) }, anyText(VALUES));
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
  anyText(NAMES),
  fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", ""),
);

/** One argument, or an option and its value. */
const argument: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 3, arbitrary: name.map((name) => [`--${name}`]) },
  { weight: 3, arbitrary: fc.tuple(name, value).map(([name, value]) => [`--${name}=${value}`]) },
  { weight: 3, arbitrary: fc.tuple(name, value).map(([name, value]) => [`--${name}`, value]) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...SHORT), value).map(([short, value]) => [`-${short}`, value]) },
  fc.tuple(fc.array(fc.constantFrom(...SHORT), { maxLength: 4 }), value).map(([short, value]) => [
    `-${short.join("")}${value}`,
  ]),
  value.map((value) => [value]),
);

/** A command line: most begin with a command that there is. */
const commandLine = fc.tuple(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...Object.keys(COMMANDS)) }, value),
  fc.array(argument, { maxLength: 6 }),
).map(([command, rest]) => [command, ...rest.flat()]);

/** A command line that is right: options of the command, once each, with a value that is read. */
const rightCommandLine = fc.constantFrom(...Object.keys(COMMANDS) as CommandName[]).chain((command) => {
  const own = NAMES.filter((name) => hasOption(command, name) && RIGHT[kindOf(name, command)] !== undefined);
  return fc.tuple(
    fc.constant(command),
    fc.uniqueArray(fc.constantFrom(...own), { maxLength: 5 }),
    fc.array(fc.constantFrom(...VALUES.filter((text) => !text.startsWith("-"))), { maxLength: 3 }),
    fc.nat(),
  );
});

/** Values that are read, by the kind of option. */
const RIGHT: Partial<Record<string, readonly string[]>> = {
  flag: [""],
  host: ["127.0.0.1", "::1"],
  port: ["0", "65535"],
  count: ["1", "2147483647"],
  threads: ["auto", "2"],
  duration: ["0s", "3.5s"],
  period: ["1ms", "2m"],
  size: ["1", "64k"],
  rate: [".5", "10k"],
  number: ["0", "0xb8"],
  text: ["any", "a=b", " ", "-x"],
  file: ["file.pem", "a b"],
};

function kindOf(name: OptionName, command: CommandName): string {
  return optionSpec(name, command).kind;
}

function checkRead({ command, options, operands, given }: CommandLine, args: readonly string[]): void {
  assert(command === undefined || Object.hasOwn(COMMANDS, command));
  assert(operands.every((operand) => args.includes(operand)));
  for (const name of given) {
    assert(NAMES.includes(name) && hasOption(command, name) || hasOption(undefined, name), name);
  }
  assertEquals(Object.keys(options), NAMES);
  for (const name of NAMES) {
    const value: unknown = options[name];
    const { kind, choices } = optionSpec(name, command);
    if (kind === "flag") assert(typeof value === "boolean", name);
    else if (REPEATED.includes(kind)) assert((value as string[]).every((text) => typeof text === "string"), name);
    else if (value === undefined) assert(!given.has(name), name);
    else if (typeof value === "number") assert(Number.isFinite(value) && value >= 0, name);
    else assert(typeof value === "string" && choices?.includes(value) !== false, name);
  }
}

/** Reads a command line: what it is read as must be right, and what is said against it clear. */
function tryCommandLine(args: readonly string[]): void {
  try {
    const read = parseCommandLine(args);
    checkRead(read, args);
    if (read.command !== undefined) checkOperands(read.command, read.operands);
    clientSocketOptions(read.options);
    serveSocketOptions(read.options);
  } catch (error) {
    assertClear(error, [UsageError], args);
    assert(namesOne(error.message, args), `names none of ${JSON.stringify(args)}: ${error.message}`);
  }
}

/** Whether a message names an option, or a part of an argument as errors show it. */
function namesOne(message: string, args: readonly string[]): boolean {
  if (NAMES.some((name) => message.includes(`--${name}`))) return true;
  // An operand that is missing has no text.
  if (args.some((arg) => message.startsWith(`${arg} needs a`))) return true;
  return args.some((arg) =>
    message.includes(shorten(arg).slice(0, 60)) || message.includes(shorten(arg.split("=")[0]))
  );
}

Deno.test("parseCommandLine() gives any arguments a meaning or a clear error", () => {
  fc.assert(fc.property(commandLine, tryCommandLine), { numRuns: RUNS });
});

Deno.test("parseCommandLine() reads each option of a command, in each form, as what it is", () => {
  const property = fc.property(rightCommandLine, ([command, names, operands, seed]) => {
    const given = names.map((name) => {
      const values = RIGHT[kindOf(name, command)]!;
      return { name, text: values[seed % values.length], short: optionSpec(name, command).short };
    });
    const forms = given.map(({ name, text, short }, i) => {
      if (kindOf(name, command) === "flag") return [short && seed % 3 === 0 ? `-${short}` : `--${name}`];
      if (short && (seed + i) % 3 === 0) return [`-${short}`, text];
      return (seed + i) % 3 === 1 ? [`--${name}=${text}`] : [`--${name}`, text];
    });
    const read = parseCommandLine([command, ...forms.flat(), "--", ...operands]);
    assertEquals([read.command, read.operands], [command, operands]);
    assertEquals(read.given, new Set(names));
    // The same from the form that leaves nothing to chance, and otherwise the defaults.
    const alone = given.map(({ name, text }) => {
      const form = kindOf(name, command) === "flag" ? `--${name}` : `--${name}=${text}`;
      return [name, parseCommandLine([command, form]).options[name]] as const;
    });
    assertEquals(read.options, { ...parseCommandLine([command]).options, ...Object.fromEntries(alone) });
  });
  fc.assert(property, { numRuns: RUNS / 4 });
});

Deno.test("parseCommandLine() comes to an end with arguments of 100 KB, and with thousands of them", () => {
  for (const text of longTexts([":7", "-p7"])) {
    for (const args of [[text], ["serve", `--${text}`], ["serve", `--port=${text}`], ["send", `-${text}`]]) {
      tryCommandLine(args);
    }
  }
  const many = new Array(10_000).fill("--allow=10.0.0.0/8");
  assertEquals(parseCommandLine(["serve", ...many]).options.allow.length, 10_000);
  assertEquals(parseCommandLine(["send", ":7", ...new Array(10_000).fill("x")]).operands.length, 10_001);
});
