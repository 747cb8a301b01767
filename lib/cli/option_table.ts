/** The commands, in the order of the help. */
export const COMMANDS = {
  serve: {
    usage: "sounder serve [options]",
    summary: "Run an echo, discard or chargen server until SIGINT or SIGTERM.",
  },
  send: {
    usage: "sounder send HOST:PORT [MESSAGE...] [options]",
    summary: "Send messages, or stdin, to an echo server; check that every byte comes back, and print it.",
  },
} as const;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** How the value of an option is read; a `flag` has none. */
export type OptionKind = "flag" | "host" | "port" | "count" | "duration" | "period" | "size" | "choice";

/** One option of the command line. Help and parsing come from it. */
export interface OptionSpec {
  /** One letter, for `-x`. */
  readonly short?: string;
  /** How the value is read. `duration` may be 0, `period` may not. */
  readonly kind: OptionKind;
  /** What the help calls the value. */
  readonly placeholder?: string;
  /** The values of a `choice`. */
  readonly choices?: readonly string[];
  /** The value where the option is not given, in the form in which it is given. */
  readonly default?: string;
  /** One sentence for the help, without a full stop. */
  readonly help: string;
  /** The commands that have it; `all` makes it a common option, also valid before the command. */
  readonly commands: "all" | readonly CommandName[];
}

/** Every option, in the order of the help: the one place that names them. */
export const OPTIONS = {
  host: {
    kind: "host",
    placeholder: "HOST",
    default: "127.0.0.1",
    help: "Address or name to bind; 0.0.0.0 is all of IPv4, :: all of IPv6 and IPv4",
    commands: ["serve"],
  },
  port: {
    short: "p",
    kind: "port",
    placeholder: "PORT",
    default: "9999",
    help: "Port to bind; 0 takes any free one",
    commands: ["serve"],
  },
  service: {
    kind: "choice",
    choices: ["echo", "discard", "chargen"],
    default: "echo",
    help: "What to do with each connection (RFC 862, 863, 864)",
    commands: ["serve"],
  },
  "idle-timeout": {
    kind: "period",
    placeholder: "TIME",
    help: "Close a connection after this long without a byte in either direction (default: never)",
    commands: ["serve"],
  },
  "max-connections": {
    kind: "count",
    placeholder: "N",
    help: "Serve at most this many at once; more are closed as soon as accepted (default: no limit)",
    commands: ["serve"],
  },
  grace: {
    kind: "duration",
    placeholder: "TIME",
    default: "5s",
    help: "After SIGINT or SIGTERM, how long open connections are served on",
    commands: ["serve"],
  },
  "connect-timeout": {
    kind: "period",
    placeholder: "TIME",
    default: "3.5s",
    help: "Give up when the connection is not made by then, name lookup included",
    commands: ["send"],
  },
  timeout: {
    kind: "period",
    placeholder: "TIME",
    default: "5.5s",
    help: "Give up after this long without a byte of the echo that is owed, or without the peer's FIN after ours",
    commands: ["send"],
  },
  window: {
    kind: "size",
    placeholder: "SIZE",
    default: "64M",
    help: "Pause sending while this many bytes wait for their echo; they are kept to compare",
    commands: ["send"],
  },
  "no-verify": {
    kind: "flag",
    help: "Count the echo, do not compare it",
    commands: ["send"],
  },
  backlog: {
    kind: "count",
    placeholder: "N",
    default: "511",
    help: "Connections that may wait to be accepted (listen(2)); the kernel caps it at net.core.somaxconn",
    commands: ["serve"],
  },
  "reuse-port": {
    kind: "flag",
    help: "Share the port with other servers that ask for it too (SO_REUSEPORT; Linux)",
    commands: ["serve"],
  },
  "no-nodelay": {
    kind: "flag",
    help: "Let small writes wait for the ACK of the one before (clears TCP_NODELAY)",
    commands: ["serve", "send"],
  },
  keepalive: {
    kind: "flag",
    help: "Probe idle peers at the kernel's times (SO_KEEPALIVE; the default of serve)",
    commands: ["serve", "send"],
  },
  "no-keepalive": {
    kind: "flag",
    help: "Do not probe idle peers (the default of send)",
    commands: ["serve", "send"],
  },
  json: {
    kind: "flag",
    help: "Print the result as JSON; serve prints a JSON line when it is ready and one at its end",
    commands: "all",
  },
  quiet: { short: "q", kind: "flag", help: "No hints, and no logs below error", commands: "all" },
  verbose: { short: "v", kind: "flag", help: "More detail in results; cause and stack in errors", commands: "all" },
  "log-level": {
    kind: "choice",
    choices: ["debug", "info", "warn", "error"],
    default: "info",
    help: "What to log on stderr; debug tells each accept, recv, sent and close",
    commands: "all",
  },
  "log-format": {
    kind: "choice",
    choices: ["text", "json"],
    default: "text",
    help: "Log lines as text, or one JSON object a line",
    commands: "all",
  },
  "no-color": { kind: "flag", help: "No colors in the log (as the variable NO_COLOR)", commands: "all" },
  help: { short: "h", kind: "flag", help: "Print this help", commands: "all" },
  version: { kind: "flag", help: "Print the version", commands: "all" },
} as const satisfies Record<string, OptionSpec>;

/** The name of an option, without its dashes. */
export type OptionName = keyof typeof OPTIONS;

type Kind<N extends OptionName> = (typeof OPTIONS)[N]["kind"];
type Choice<N extends OptionName> = (typeof OPTIONS)[N] extends { choices: readonly (infer C)[] } ? C : never;
type Given<N extends OptionName> = Kind<N> extends "flag" ? boolean
  : Kind<N> extends "host" ? string
  : Kind<N> extends "choice" ? Choice<N>
  : number;

/** The values of the options: what was given, else the default, else `undefined`; a flag is true or false. */
export type OptionValues = {
  [N in OptionName]: (typeof OPTIONS)[N] extends { default: string } | { kind: "flag" } ? Given<N>
    : Given<N> | undefined;
};

/** Whether a command has an option; without a command, whether it is a common one. */
export function hasOption(command: CommandName | undefined, name: OptionName): boolean {
  const commands: OptionSpec["commands"] = OPTIONS[name].commands;
  return commands === "all" || (command !== undefined && commands.includes(command));
}
