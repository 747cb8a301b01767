import {
  COMMAND_NOTES,
  EXIT_CODES,
  hasSocketOptions,
  SOCKET_NOTE,
  TAGLINE,
  VALUE_FORMS,
  type ValueForm,
  valueForms,
} from "./help_notes.ts";
import { FAULT_FORMS } from "../echo/fault_forms.ts";
import { optionSummary } from "./option_summary.ts";
import {
  type CommandName,
  COMMANDS,
  hasOption,
  isSocketOption,
  type OptionName,
  optionSpec,
  ownOptions,
} from "./option_table.ts";
import { placeholder } from "./parse_command_line.ts";
import { VERSION } from "../core/version.ts";
import { wrap } from "./wrap.ts";

/** The text of `sounder --help`, or of `sounder COMMAND --help`. */
export function helpText(command: CommandName | undefined): string {
  const lines = command === undefined ? overview() : commandHelp(command);
  return lines.join("\n");
}

function overview(): string[] {
  const names = Object.keys(COMMANDS) as CommandName[];
  const indent = Math.max(...names.map((name) => name.length)) + 2;
  return [
    `sounder ${VERSION}: ${TAGLINE}`,
    "",
    "Usage:",
    ...names.map((name) => `  ${COMMANDS[name].usage}`),
    "",
    "Commands:",
    ...names.map((name) => `  ${name.padEnd(indent)}${COMMANDS[name].summary}`),
    "",
    "Common options:",
    ...optionLines(ownOptions(undefined)),
    "",
    ...VALUE_FORMS.filter(({ kinds }) => kinds.includes("address")).map(formLine),
    "See sounder COMMAND --help for a command's own options.",
  ];
}

function commandHelp(command: CommandName): string[] {
  const own = ownOptions(command);
  const forms = valueForms(command);
  return [
    `Usage: ${COMMANDS[command].usage}`,
    "",
    COMMANDS[command].summary,
    "",
    ...section("Options:", own.filter((name) => !isSocketOption(name)), command),
    ...section("Socket options:", own.filter(isSocketOption), command),
    ...section("Common options:", ownOptions(undefined)),
    ...(hasOption(command, "fault") ? ["Faults:", ...faultLines(), ""] : []),
    ...COMMAND_NOTES[command],
    ...(forms.length > 0 ? [forms.map(formLine).join(" ")] : []),
    ...(hasSocketOptions(command) ? [SOCKET_NOTE] : []),
    `Exit codes: ${EXIT_CODES.map(([code, meaning]) => `${code} ${meaning}`).join("; ")}.`,
  ];
}

function formLine({ name, forms }: ValueForm): string {
  return `${name}: ${forms}`;
}

function section(title: string, names: readonly OptionName[], command?: CommandName): string[] {
  return names.length === 0 ? [] : [title, ...optionLines(names, command), ""];
}

/** Columns of the help: more than the 80 of old terminals, fewer than most have. */
const WIDTH = 100;

function optionLines(names: readonly OptionName[], command?: CommandName): string[] {
  const rows = names.map((name) => {
    const spec = optionSpec(name, command);
    const letter = spec.short ? `-${spec.short}, ` : "    ";
    return { left: `  ${letter}--${name} ${placeholder(spec)}`.trimEnd(), right: optionSummary(spec) };
  });
  return inColumns(rows);
}

function faultLines(): string[] {
  return inColumns(Object.values(FAULT_FORMS).map(({ syntax, does }) => ({ left: `  ${syntax}`, right: does })));
}

function inColumns(rows: readonly { left: string; right: string }[]): string[] {
  const indent = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows.flatMap(({ left, right }) =>
    wrap(right, WIDTH - indent).map((line, i) => (i === 0 ? left : "").padEnd(indent) + line)
  );
}
