import { installComment } from "./completion_install.ts";
import {
  awaitsValue,
  type Completion,
  type CompletionCommand,
  type CompletionModel,
  type CompletionOption,
  type Source,
} from "./completion_model.ts";
import { fishQuote } from "./shell_quote.ts";

/** The script that completes sounder's command line in fish. */
export function fishCompletion(model: CompletionModel): string {
  return [
    ...installComment("fish"),
    "",
    ...positionFunction(model),
    "",
    "complete -c sounder -e",
    "complete -c sounder -f",
    "",
    ...commandLines(model, "__sounder_at ''"),
    "",
    "# Common options",
    ...model.common.map((option) => optionLine(option)),
    ...model.commands.flatMap((command) => ["", `# sounder ${command.name}`, ...linesOf(command, model)]),
  ].join("\n");
}

/** The function that knows where in the command line the cursor stands. */
function positionFunction({ common, commands }: CompletionModel): string[] {
  return [
    "# Whether the cursor stands behind a command ('' is none yet) and, if given, at its operand number FIRST (to LAST).",
    "function __sounder_at --argument-names wanted first last",
    "    set -l words (commandline -opc)",
    "    set -e words[1]",
    "    set -l command ''",
    "    set -l operand 1",
    "    # Arguments that a value follows.",
    `    set -l awaits ${fishQuote(awaitsValue(common))}`,
    "    while set -q words[1]",
    "        set -l word $words[1]",
    "        set -e words[1]",
    '        if string match -qr -- $awaits "$word"',
    "            set -q words[1]; and set -e words[1]",
    '        else if test "$word" = --',
    "            # Operands only, and no command any more.",
    '            test -n "$command"; or return 1',
    "            set operand (math $operand + (count $words))",
    "            set -e words",
    "        else if string match -qr -- '^-.' \"$word\"",
    "            continue",
    '        else if test -z "$command"',
    "            set command $word",
    '            switch "$command"',
    ...commands.flatMap(({ name, options }) => [
      `                case ${name}`,
      `                    set awaits ${fishQuote(awaitsValue([...common, ...options]))}`,
    ]),
    "            end",
    "        else",
    "            set operand (math $operand + 1)",
    "        end",
    "    end",
    '    test "$command" = "$wanted"; or return',
    '    test -z "$first"; or test $operand -ge $first; or return',
    '    test -z "$last"; or test $operand -le $last',
    "end",
  ];
}

function linesOf({ name, options, operands }: CompletionCommand, model: CompletionModel): string[] {
  return [
    ...operands.flatMap(({ value, repeated }, i) => {
      const condition = `__sounder_at ${name} ${i + 1}${repeated ? "" : ` ${i + 1}`}`;
      if (value === "commands") return commandLines(model, condition);
      return value === "nothing" ? [] : [`complete -c sounder -n ${fishQuote(condition)} ${offer(value)}`];
    }),
    ...options.map((option) => optionLine(option, `__sounder_at ${name}`)),
  ];
}

/** A line for each command, with what it does. */
function commandLines({ commands }: CompletionModel, condition: string): string[] {
  return commands.map(({ name, summary }) =>
    `complete -c sounder -n ${fishQuote(condition)} -a ${fishQuote(name)} -d ${fishQuote(summary)}`
  );
}

function optionLine({ long, short, summary, value }: CompletionOption, condition?: string): string {
  return [
    "complete -c sounder",
    ...(condition === undefined ? [] : [`-n ${fishQuote(condition)}`]),
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${long.slice(2)}`,
    ...(value === undefined ? [] : [`-r ${offer(value)}`]),
    `-d ${fishQuote(summary)}`,
  ].join(" ");
}

/** The arguments of `complete` for what a source knows. */
const OFFERS: Record<Source, string> = {
  nothing: "-f",
  // Fish leaves out what names this machine itself.
  hosts: "-f -a 'localhost (__fish_print_hostnames)'",
  interfaces: "-f -a '(__fish_print_interfaces)'",
  files: "-F",
};

function offer(value: Completion): string {
  // Fish expands what stands in -a: it is quoted for that, and the whole once more.
  return typeof value === "string" ? OFFERS[value] : `-f -a ${fishQuote(value.map(fishQuote).join(" "))}`;
}
