import { installComment } from "./completion_install.ts";
import type {
  CompletionCommand,
  CompletionModel,
  CompletionOperand,
  CompletionOption,
  OperandCompletion,
  Source,
} from "./completion_model.ts";
import { shellQuote } from "./shell_quote.ts";

/** The script that completes sounder's command line in zsh: as a file `_sounder` in $fpath, or sourced after compinit. */
export function zshCompletion({ common, commands }: CompletionModel): string {
  return [
    "#compdef sounder",
    ...installComment("zsh"),
    "",
    "_sounder() {",
    "  local curcontext=$curcontext state line ret=1",
    "  local -A opt_args",
    "  local -a common=(",
    ...common.flatMap(optionSpecs).map((spec) => `    ${shellQuote(spec)}`),
    "  )",
    "  _arguments -C -s -S -A '-*' $common '1:command:->command' '*::argument:->argument' && ret=0",
    "  case $state in",
    "    command)",
    "      # After -- there is no command any more.",
    "      [[ $words[CURRENT-1] == -- ]] || _sounder_commands",
    "      ret=$?",
    "      ;;",
    "    argument)",
    "      curcontext=${curcontext%:*:*}:sounder-$line[1]:",
    "      case $line[1] in",
    ...commands.flatMap(commandCase),
    "      esac",
    "      ;;",
    "  esac",
    "  return ret",
    "}",
    "",
    "_sounder_commands() {",
    "  local -a commands=(",
    ...commands.map(({ name, summary }) => `    ${shellQuote(`${name}:${summary.replaceAll("\\", "\\\\")}`)}`),
    "  )",
    "  _describe -t commands command commands",
    "}",
    "",
    "# Zsh reads this file as the function's body where it comes from $fpath.",
    'if [[ $funcstack[1] == _sounder ]]; then _sounder "$@"; else compdef _sounder sounder; fi',
  ].join("\n");
}

function commandCase({ name, options, operands }: CompletionCommand): string[] {
  const specs = [...options.flatMap(optionSpecs), ...operands.map(operandSpec)];
  return [
    `        ${name})`,
    `          _arguments -s -S $common ${specs.length === 0 ? "" : "\\"}`.trimEnd(),
    ...specs.map((spec, i) => `            ${shellQuote(spec)}${i < specs.length - 1 ? " \\" : ""}`),
    "          ret=$?",
    "          ;;",
  ];
}

/** The specifications of an option for _arguments: one for each of its forms. */
function optionSpecs({ long, short, summary, placeholder, value, repeated }: CompletionOption): string[] {
  const forms = short === undefined ? [long] : [short, long];
  const excluded = repeated ? "*" : forms.length === 1 ? "" : `(${forms.join(" ")})`;
  return forms.map((form) => {
    const described = `[${escapeBrackets(summary)}]`;
    if (value === undefined) return `${excluded}${form}${described}`;
    // The value stands in the same word or in the next.
    const joint = form === long ? "=" : "+";
    return `${excluded}${form}${joint}${described}:${escapeColons(placeholder)}:${action(value)}`;
  });
}

function operandSpec({ name, optional, repeated, value }: CompletionOperand, index: number): string {
  const place = repeated ? "*" : `${index + 1}${optional ? ":" : ""}`;
  return `${place}:${escapeColons(name)}:${action(value, { portFollows: true })}`;
}

const ACTIONS: Record<Source | "commands", string> = {
  nothing: "",
  hosts: "_hosts",
  interfaces: "_net_interfaces",
  files: "_files",
  commands: "_sounder_commands",
};

function action(value: OperandCompletion, { portFollows = false } = {}): string {
  if (typeof value === "string") return value === "hosts" && portFollows ? "_hosts -q -S \\:" : ACTIONS[value];
  return `(${value.map((word) => word.replaceAll(/[\s:()\\'"$`|&;<>*?[\]{}~#]/g, "\\$&")).join(" ")})`;
}

function escapeBrackets(text: string): string {
  return text.replaceAll(/[\\[\]]/g, "\\$&");
}

function escapeColons(text: string): string {
  return text.replaceAll(/[\\:]/g, "\\$&");
}
