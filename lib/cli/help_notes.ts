import { FAULT_NOTES } from "../echo/fault_forms.ts";
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
export const TAGLINE =
  "a TCP echo server, a client that proves every byte, a ping, a load bench, and every TCP socket option";

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
  { name: "Times", forms: "500ms, 3.5s, 2m, 1h or plain seconds.", kinds: ["duration", "period"] },
  { name: "Sizes", forms: "64k, 64KiB, 1M (powers of 1024).", kinds: ["size"] },
  { name: "Rates", forms: "500, 10k, 1M (powers of 1000).", kinds: ["rate"] },
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
  serve: FAULT_NOTES,
  send: [
    "Each MESSAGE is sent with a newline added; without one, stdin is sent as it is and its echo goes to stdout.",
    "Put -- before a MESSAGE that begins with -.",
  ],
  ping: [
    "Exit 1 if a probe was lost, or nothing came back; with --fail-if, if one of those holds.",
    "Ctrl-C prints the summary; what was under way then counts neither as lost nor as sent.",
  ],
  bench: [
    "Exit 1 if there was a failure; with --fail-if, if one of those holds, or the server was gone before the end.",
    "Metrics of --fail-if: p50, p99.9 and so on, min, mean, stddev, max, errors, requests, rate, sent, received.",
    "A gate that cannot be judged, such as p99 with fewer than 1000 samples, counts as hit.",
  ],
  compare: [
    "The runs of one side are told by their median and spread. Several before: A1.json,A2.json; several after: B1.json B2.json.",
  ],
  merge: [
    "Their options must agree, but for connections, workers and rate, which are added. --json prints the result.",
  ],
  sockopt: ["What needs the C library is unknown without --allow-ffi."],
  help: [],
  completions: COMMANDS.completions.operands[0].choices.map(installNote),
  man: ["To read it: sounder man | man -l -, or where man has no -l (macOS): sounder man > sounder.1; man ./sounder.1"],
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
