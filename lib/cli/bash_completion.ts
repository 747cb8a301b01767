import { installComment } from "./completion_install.ts";
import {
  awaitsValue,
  type CompletionCommand,
  type CompletionModel,
  type CompletionOption,
  type OperandCompletion,
} from "./completion_model.ts";
import { shellQuote } from "./shell_quote.ts";

/** The script that completes sounder's command line in bash. It needs no other package. */
export function bashCompletion(model: CompletionModel): string {
  return [
    ...installComment("bash"),
    "",
    ...optionsFunction(model),
    "",
    ...valueFunction(model),
    "",
    ...operandFunction(model),
    "",
    ...sourceFunction(model),
    "",
    DRIVER,
  ].join("\n");
}

/** The function that knows the options of a command. */
function optionsFunction({ common, commands }: CompletionModel): string[] {
  return [
    "# Sets the options of $command, and the pattern of those that a value follows.",
    "_sounder_options() {",
    `  options=(${optionWords(common)})`,
    "  case $command in",
    `    '') awaits=${shellQuote(awaitsValue(common))} ;;`,
    ...commands.flatMap(({ name, options }) => [
      `    ${name})`,
      `      options+=(${optionWords(options)})`,
      `      awaits=${shellQuote(awaitsValue([...common, ...options]))}`,
      "      ;;",
    ]),
    "    *) options=() awaits='^$' ;;",
    "  esac",
    "}",
  ];
}

function optionWords(options: readonly CompletionOption[]): string {
  return options.flatMap(({ long, short }) => short === undefined ? [long] : [short, long]).map(shellQuote).join(" ");
}

/** The function that knows the values of an option. */
function valueFunction({ common, commands }: CompletionModel): string[] {
  return [
    "# Sets what to offer for the value of an option of $command.",
    "_sounder_value() {",
    "  case $command/$1 in",
    ...common.flatMap((option) => valueCase("*", option)),
    ...commands.flatMap(({ name, options }) => options.flatMap((option) => valueCase(name, option))),
    "  esac",
    "}",
  ];
}

function valueCase(command: string, { long, short, value }: CompletionOption): string[] {
  if (value === undefined || value === "nothing") return [];
  const forms = short === undefined ? [long] : [short, long];
  return [`    ${forms.map((form) => `${command}/${form}`).join(" | ")}) ${offer(value)} ;;`];
}

/** The function that knows the operands of a command. */
function operandFunction({ commands }: CompletionModel): string[] {
  return [
    "# Sets what to offer as the operand of $command that $operands others stand before.",
    "_sounder_operand() {",
    "  case $command/$operands in",
    "    /*) source=commands ;;",
    ...commands.flatMap(operandCases),
    "    *) source=options ;;",
    "  esac",
    "}",
  ];
}

function operandCases({ name, operands }: CompletionCommand): string[] {
  return operands.map(({ value, repeated }, i) => `    ${name}/${repeated ? "*" : i}) ${offer(value)} ;;`);
}

/** The assignment that makes the driver offer something. */
function offer(value: OperandCompletion): string {
  return typeof value === "string" ? `source=${value}` : `offers=(${value.map(shellQuote).join(" ")})`;
}

/** The function that looks up what is not in the table. */
function sourceFunction({ commands }: CompletionModel): string[] {
  return [
    "# Sets what is offered, where $source knows it.",
    "_sounder_source() {",
    "  local word",
    "  case $source in",
    '    options) [[ -n $ended ]] || offers=("${options[@]}") ;;',
    `    commands) offers=(${commands.map(({ name }) => shellQuote(name)).join(" ")}) ;;`,
    "    hosts)",
    '      while IFS= read -r word; do offers+=("$word"); done < <(compgen -A hostname -- "$cur")',
    "      # A port may follow.",
    "      compopt -o nospace 2>/dev/null",
    "      ;;",
    '    interfaces) for word in /sys/class/net/*/; do offers+=("$(basename "$word")"); done ;;',
    "    files) compopt -o default 2>/dev/null ;;",
    "  esac",
    "}",
  ];
}

const DRIVER = `\
# Sets the words up to the cursor. Bash cuts them at = and : too (COMP_WORDBREAKS): what no blank parts belongs together.
_sounder_words() {
  local line=$COMP_LINE blank part i over skip=''
  for ((i = 0; i <= COMP_CWORD; i++)); do
    part=\${COMP_WORDS[i]}
    blank=\${line%%[![:blank:]]*}
    line=\${line#"$blank$part"}
    if [[ $part == [\\<\\>]* ]]; then
      # A redirection: the word after it is a file, not sounder's.
      skip=1
    elif [[ -n $skip ]] && ((i < COMP_CWORD)); then
      skip=''
    elif [[ -n $blank ]] || ((i == 0)); then
      words+=("$part")
    else
      words[\${#words[@]} - 1]+=$part
    fi
  done
  over=$((\${#COMP_LINE} - \${#line} - COMP_POINT))
  cur=\${words[\${#words[@]} - 1]}
  ((over > 0)) && cur=\${cur:0:\${#cur} - over}
  [[ -z $skip ]]
}

# Reads the words before the cursor: sets $command, $option (whose value comes next), $operands, and $ended after --.
_sounder_read() {
  local word
  _sounder_options
  for word in "\${words[@]:1:\${#words[@]} - 2}"; do
    if [[ -n $option ]]; then
      option=''
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word =~ $awaits ]]; then
      option=$word
      [[ $word == --* ]] || option=-\${word:\${#word} - 1}
    elif [[ -z $ended && $word == -?* ]]; then
      continue
    elif [[ -z $ended && -z $command ]]; then
      command=$word
      _sounder_options
    else
      ((operands += 1))
    fi
  done
}

_sounder() {
  local words=() options=() offers=() cur='' awaits='' command='' option='' ended='' operands=0 source='' head='' word
  COMPREPLY=()
  if ! _sounder_words; then
    compopt -o default 2>/dev/null
    return
  fi
  _sounder_read
  if [[ -n $option ]]; then
    _sounder_value "$option"
  elif [[ -n $ended && -z $command ]]; then
    return
  elif [[ -z $ended && $cur == --*=* ]]; then
    head=\${cur%%=*}=
    cur=\${cur#*=}
    [[ \${head%=} =~ $awaits ]] && _sounder_value "\${head%=}"
  elif [[ -z $ended && $cur == -* ]]; then
    source=options
  else
    _sounder_operand
  fi
  _sounder_source
  # Bash replaces only what stands after the last character that it cuts at.
  local breaks=\${COMP_WORDBREAKS//[^:=]/} kept=''
  if [[ -n $breaks ]]; then
    kept=$head$cur
    kept=\${kept%"\${kept##*["$breaks"]}"}
  fi
  for word in "\${offers[@]}"; do
    if [[ $word == "$cur"* ]]; then
      word=$head$word
      COMPREPLY+=("\${word#"$kept"}")
    fi
  done
}

complete -F _sounder sounder`;
