import {
  type CommandName,
  COMMANDS,
  hasOption,
  isSocketOption,
  type OptionName,
  OPTIONS,
  type OptionSpec,
} from "./option_table.ts";
import { placeholder } from "./parse_command_line.ts";
import { VERSION } from "./version.ts";
import { wrap } from "./wrap.ts";

/** The text of `sounder --help`, or of `sounder COMMAND --help`. */
export function helpText(command: CommandName | undefined): string {
  const lines = command === undefined ? overview() : commandHelp(command);
  return lines.join("\n");
}

function overview(): string[] {
  const names = Object.keys(COMMANDS) as CommandName[];
  return [
    `sounder ${VERSION}: a TCP echo server, a client that proves every byte, and every TCP socket option`,
    "",
    "Usage:",
    ...names.map((name) => `  ${COMMANDS[name].usage}`),
    "",
    "Commands:",
    ...names.map((name) => `  ${name.padEnd(8)}${COMMANDS[name].summary}`),
    "",
    "Common options:",
    ...optionLines((name) => hasOption(undefined, name)),
    "",
    "Addresses: HOST:PORT, [IPV6]:PORT, :PORT or PORT; the host is 127.0.0.1 and the port 9999 where left out.",
    "See sounder COMMAND --help for a command's own options.",
  ];
}

function commandHelp(command: CommandName): string[] {
  const own = (name: OptionName) => !hasOption(undefined, name) && hasOption(command, name);
  return [
    `Usage: ${COMMANDS[command].usage}`,
    "",
    COMMANDS[command].summary,
    "",
    ...section("Options:", (name) => own(name) && !isSocketOption(name)),
    ...section("Socket options:", (name) => own(name) && isSocketOption(name)),
    ...section("Common options:", (name) => hasOption(undefined, name)),
    ...NOTES[command],
  ];
}

function section(title: string, wanted: (name: OptionName) => boolean): string[] {
  const lines = optionLines(wanted);
  return lines.length === 0 ? [] : [title, ...lines, ""];
}

const EXIT_CODES =
  "Exit codes: 0 all good; 1 the network, the peer, stdin or stdout failed; 2 the command was wrong; 130 or 143 cut short by a signal.";

const SOCKET_NOTE =
  "Socket options other than nodelay, keepalive on and off, backlog, reuse-port and source need --allow-ffi.";

const NOTES: Record<CommandName, string[]> = {
  serve: [
    "Times: 500ms, 3.5s, 2m or plain seconds. Sizes: 64k, 64KiB, 1M (powers of 1024).",
    SOCKET_NOTE,
    EXIT_CODES,
  ],
  send: [
    "Each MESSAGE is sent with a newline added; without one, stdin is sent as it is and its echo goes to stdout.",
    "Put -- before a MESSAGE that begins with -.",
    "Times: 500ms, 3.5s, 2m or plain seconds. Sizes: 64k, 64KiB, 1M (powers of 1024).",
    SOCKET_NOTE,
    EXIT_CODES,
  ],
  sockopt: ["What needs the C library is unknown without --allow-ffi.", EXIT_CODES],
};

/** Columns of the help: more than the 80 of old terminals, fewer than most have. */
const WIDTH = 100;

function optionLines(wanted: (name: OptionName) => boolean): string[] {
  const rows = (Object.keys(OPTIONS) as OptionName[]).filter(wanted).map((name) => {
    const spec: OptionSpec = OPTIONS[name];
    const letter = spec.short ? `-${spec.short}, ` : "    ";
    const byDefault = spec.default === undefined ? "" : ` (default: ${spec.default})`;
    return { left: `  ${letter}--${name} ${placeholder(spec)}`.trimEnd(), right: spec.help + byDefault };
  });
  const indent = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows.flatMap(({ left, right }) =>
    wrap(right, WIDTH - indent).map((line, i) => (i === 0 ? left : "").padEnd(indent) + line)
  );
}
