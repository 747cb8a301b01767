import { install } from "./completion_install.ts";
import {
  type CommandName,
  COMMANDS,
  isSocketOption,
  type OperandKind,
  type OptionKind,
  OPTIONS,
  ownOptions,
  type Shell,
} from "./option_table.ts";

/** What Sounder is, in one line. */
export const TAGLINE = "a TCP echo server, a client that proves every byte, and every TCP socket option";

/** A kind of value, and the forms in which it is written. */
export interface ValueForm {
  /** What help and manual page call it, in the plural. */
  readonly name: string;
  /** The forms: a sentence that goes on after the name and a colon. */
  readonly forms: string;
  /** The kinds of options and operands that have it. */
  readonly kinds: readonly (OptionKind | OperandKind)[];
}

/** The values that have forms of their own. */
export const VALUE_FORMS: readonly ValueForm[] = [
  {
    name: "Addresses",
    forms: "HOST:PORT, [IPV6]:PORT, :PORT or PORT; the host is 127.0.0.1 and the port 9999 where left out.",
    kinds: ["address"],
  },
  { name: "Times", forms: "500ms, 3.5s, 2m or plain seconds.", kinds: ["duration", "period"] },
  { name: "Sizes", forms: "64k, 64KiB, 1M (powers of 1024).", kinds: ["size"] },
];

/** The exit codes, the same for every command, and what each says. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "all good"],
  ["1", "the network, the peer, stdin or stdout failed"],
  ["2", "the command was wrong"],
  ["130 or 143", "cut short by a signal"],
];

/** What is said of every command that has socket options. */
export const SOCKET_NOTE =
  "Socket options other than nodelay, keepalive on and off, backlog, reuse-port and source need --allow-ffi.";

/** What is to be known of a command beside its options: sentences, one a paragraph. */
export const COMMAND_NOTES: Record<CommandName, readonly string[]> = {
  serve: [],
  send: [
    "Each MESSAGE is sent with a newline added; without one, stdin is sent as it is and its echo goes to stdout.",
    "Put -- before a MESSAGE that begins with -.",
  ],
  sockopt: ["What needs the C library is unknown without --allow-ffi."],
  help: [],
  completions: COMMANDS.completions.operands[0].choices.map(installNote),
  man: ["To read it: sounder man | man -l -"],
};

function installNote(shell: Shell): string {
  const { file, alternative } = install(shell);
  return `For ${shell}: write it to ${file}, or ${alternative.when}: ${alternative.command}`;
}

/** The forms of the values that a command takes. */
export function valueForms(command: CommandName): ValueForm[] {
  const taken = new Set<string>([
    ...COMMANDS[command].operands.map(({ kind }) => kind),
    ...ownOptions(command).map((name) => OPTIONS[name].kind),
  ]);
  return VALUE_FORMS.filter(({ kinds }) => kinds.some((kind) => taken.has(kind)));
}

/** Whether a command has options of the socket's. */
export function hasSocketOptions(command: CommandName): boolean {
  return ownOptions(command).some(isSocketOption);
}
