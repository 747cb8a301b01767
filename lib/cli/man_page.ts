import { SOCKET_OPTION_ROWS } from "../socket/options.ts";
import { COMMAND_NOTES, EXIT_CODES, SOCKET_NOTE, TAGLINE, VALUE_FORMS } from "./help_notes.ts";
import { FAULT_FORMS, FAULT_NOTES } from "../echo/fault_forms.ts";
import { MAN_EXAMPLES } from "./man_examples.ts";
import { optionSummary } from "./option_summary.ts";
import {
  type CommandName,
  COMMANDS,
  hasOption,
  isSocketOption,
  type OptionName,
  OPTIONS,
  optionSpec,
  ownOptions,
} from "./option_table.ts";
import { placeholder } from "./parse_command_line.ts";
import { bold, italic, roff } from "./roff.ts";
import { VERSION } from "../core/version.ts";

const NAMES = Object.keys(COMMANDS) as readonly CommandName[];

/** The manual page sounder(1), in roff with the macros of man(7). It has the version, and no date of its own. */
export function manPage(): string {
  return [
    `.TH SOUNDER 1 "" "Sounder ${roff(VERSION)}" "User Commands"`,
    ".\\\" Made from Sounder's table of options. No word is broken: options are looked for, and copied.",
    ".nh",
    ".ad l",
    ".SH NAME",
    `sounder \\- ${roff(TAGLINE)}`,
    ".SH SYNOPSIS",
    ...unfilled(NAMES.map((name) => usage(COMMANDS[name].usage))),
    ".SH DESCRIPTION",
    ...paragraphs(DESCRIPTION),
    ".SH COMMANDS",
    ...NAMES.flatMap(commandEntry),
    ".SH OPTIONS",
    ...NAMES.flatMap((name) =>
      optionList(`Options of ${name}`, ownOptions(name).filter((own) => !isSocketOption(own)), name)
    ),
    ...socketOptionList(),
    ...optionList("Common options", ownOptions(undefined)),
    ".SH VALUES",
    ...VALUE_FORMS.flatMap(({ name, forms }) => tagged(roff(name), forms)),
    ".SH FAULTS",
    ...paragraphs(FAULT_NOTES),
    ...Object.values(FAULT_FORMS).flatMap(({ syntax, does, example }) =>
      tagged(bold(syntax), `${sentence(does)} Such as ${example}.`)
    ),
    ".SH EXIT STATUS",
    ...EXIT_CODES.flatMap(([code, meaning]) => tagged(bold(code), sentence(meaning))),
    ".SH ENVIRONMENT",
    ...tagged(bold("NO_COLOR"), "If it is set, and not empty, the log has no colors: as with --no-color."),
    ".SH EXAMPLES",
    ...MAN_EXAMPLES.flatMap(({ what, commands }, i) => [
      ...(i === 0 ? [] : [".PP"]),
      roff(what),
      ".RS 4",
      ...unfilled(commands.map(bold)),
      ".RE",
    ]),
    ".SH SEE ALSO",
    seeAlso().map((manual) => manual.replace(/^(\w+)(.*)$/, (_, name, section) => bold(name) + section)).join(",\n"),
  ].join("\n");
}

const DESCRIPTION = [
  "An echo sounder sends a pulse, listens to the echo and knows the depth. Sounder does that for TCP: it serves echo " +
  "(RFC 862), discard (RFC 863) and chargen (RFC 864), sends to an echo server and proves that every byte came back, " +
  "times the echo, and sets, reads back and shows the options of TCP sockets.",
  "Results, and nothing else, go to standard output; logs and errors go to standard error.",
];

/** A usage line: in bold what is typed as it stands, in italics what stands for something else. */
function usage(line: string): string {
  return line.split(" ").map((word) =>
    /^[a-z|]+$/.test(word)
      ? bold(word)
      : word.replaceAll(/[A-Za-z:]+|[^A-Za-z:]+/g, (part) => /[A-Za-z]/.test(part) ? italic(part) : roff(part))
  ).join(" ");
}

/** What a command does, and what else is to be known of it. */
function commandEntry(name: CommandName): string[] {
  const { usage: line, summary } = COMMANDS[name];
  return [...tagged(usage(line), summary), ...notesOf(name).flatMap((note) => [".IP", roff(note)])];
}

/** Faults have a section of their own. */
function notesOf(name: CommandName): readonly string[] {
  return COMMAND_NOTES[name] === FAULT_NOTES ? [] : COMMAND_NOTES[name];
}

function optionList(title: string, names: readonly OptionName[], command?: CommandName): string[] {
  if (names.length === 0) return [];
  return [
    `.SS ${roff(title)}`,
    ...names.flatMap((name) => tagged(optionTag(name, command), sentence(optionSummary(optionSpec(name, command))))),
  ];
}

/** The options of the socket, with the commands that have them and the manual page that tells more. */
function socketOptionList(): string[] {
  return [
    ".SS Socket options",
    roff(SOCKET_NOTE),
    ...(Object.keys(OPTIONS) as OptionName[]).filter(isSocketOption).flatMap((name) => {
      const owners = NAMES.filter((command) => hasOption(command, name)).join(", ");
      const manual = SOCKET_OPTION_ROWS.find(({ flags }) => flags.some((flag) => flag.name === name))?.manual;
      const facts = manual === undefined ? `Of ${owners}.` : `Of ${owners}; see ${manual}.`;
      return tagged(optionTag(name), `${sentence(optionSummary(OPTIONS[name]))} ${facts}`);
    }),
  ];
}

function optionTag(name: OptionName, command?: CommandName): string {
  const spec = optionSpec(name, command);
  const value = placeholder(spec);
  const forms = [...(spec.short ? [`-${spec.short}`] : []), `--${name}`].map(bold).join(", ");
  return value === "" ? forms : `${forms} ${italic(value)}`;
}

/** The manual pages of the socket options, and the tool that shows what the kernel has. */
function seeAlso(): string[] {
  const manuals = new Set(SOCKET_OPTION_ROWS.map(({ manual }) => manual));
  return [...manuals, "ss(8)"].sort((a, b) => a.localeCompare(b, "en"));
}

function tagged(tag: string, text: string): string[] {
  return [".TP", tag, roff(text)];
}

/** Paragraphs that follow a heading: the first needs no macro. */
function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, i) => i === 0 ? [roff(text)] : [".PP", roff(text)]);
}

function unfilled(lines: readonly string[]): string[] {
  return [".nf", ...lines, ".fi"];
}

/** With a capital and a full stop. */
function sentence(text: string): string {
  return text[0].toUpperCase() + text.slice(1) + ".";
}
