import type { SocketOptionFlag, SocketOptionRow } from "../socket/option_row.ts";
import { SOCKET_OPTION_ROWS, type SocketOptionFlagName } from "../socket/options.ts";

/**
 * What an argument that is no option is: an `address`, a `choice` of some words, the name of a `command`, a `file`, or any
 * `text`.
 */
export type OperandKind = "address" | "choice" | "command" | "file" | "text";

/** An argument of a command that is no option. */
export interface OperandSpec {
  /** What help, errors and completions call it. */
  readonly name: string;
  /** What it is. */
  readonly kind: OperandKind;
  /** The words of a `choice`. */
  readonly choices?: readonly string[];
  /** Whether it may be left out. */
  readonly optional?: boolean;
  /** Whether there may be any number of it: the last operand only. */
  readonly repeated?: boolean;
}

/** One command of the command line. Help, parsing, completions and manual page come from it. */
export interface CommandSpec {
  /** How it is called. */
  readonly usage: string;
  /** One sentence, with a full stop. */
  readonly summary: string;
  /** What it takes beside options, in order. */
  readonly operands: readonly OperandSpec[];
}

/** The commands, in the order of the help. */
export const COMMANDS = {
  serve: {
    usage: "sounder serve [options]",
    summary: "Run an echo, discard or chargen server until SIGINT or SIGTERM.",
    operands: [],
  },
  send: {
    usage: "sounder send HOST:PORT [MESSAGE...] [options]",
    summary: "Send messages, or stdin, to an echo server; check that every byte comes back, and print it.",
    operands: [
      { name: "HOST:PORT", kind: "address" },
      { name: "MESSAGE", kind: "text", optional: true, repeated: true },
    ],
  },
  ping: {
    usage: "sounder ping HOST:PORT [options]",
    summary: "Time the echo of a server, probe by probe, until stopped; or with --connect its handshake.",
    operands: [{ name: "HOST:PORT", kind: "address" }],
  },
  bench: {
    usage: "sounder bench HOST:PORT [options]",
    summary: "Measure an echo server under load: requests per second, latency by percentile, every byte checked.",
    operands: [{ name: "HOST:PORT", kind: "address" }],
  },
  compare: {
    usage: "sounder compare BEFORE.json[,BEFORE.json...] AFTER.json... [options]",
    summary: "Compare results of bench --json: the runs before a change with those after it.",
    operands: [{ name: "BEFORE.json", kind: "file" }, { name: "AFTER.json", kind: "file", repeated: true }],
  },
  merge: {
    usage: "sounder merge RESULT.json... [options]",
    summary: "Make one result of those of several machines: histograms merged, rates added.",
    operands: [{ name: "RESULT.json", kind: "file", repeated: true }],
  },
  sockopt: {
    usage: "sounder sockopt [options]",
    summary: "Show each socket option, its default and whether it can be set here, and the system's limits around it.",
    operands: [],
  },
  help: {
    usage: "sounder help [COMMAND]",
    summary: "Print the help of a command, or of all.",
    operands: [{ name: "command", kind: "command", optional: true }],
  },
  completions: {
    usage: "sounder completions bash|zsh|fish",
    summary: "Print the script that completes commands, options and values in a shell.",
    operands: [{ name: "shell", kind: "choice", choices: ["bash", "zsh", "fish"] }],
  },
  man: {
    usage: "sounder man",
    summary: "Print the manual page, for man -l.",
    operands: [],
  },
} as const satisfies Record<string, CommandSpec>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** A shell that there are completions for. */
export type Shell = typeof COMMANDS["completions"]["operands"][0]["choices"][number];

/** How the value of an option is read; a `flag` has none, and those of {@linkcode REPEATED} may be given several times. */
export type OptionKind =
  | "flag"
  | "host"
  | "port"
  | "count"
  | "threads"
  | "duration"
  | "period"
  | "size"
  | "choice"
  | "number"
  | "rate"
  | "file"
  | "text"
  | "gate"
  | "listen"
  | "cidr"
  | "files"
  | "fault"
  | "sockopt";

/** The kinds that may be given several times: their value is a list of texts. */
export type RepeatedKind = "gate" | "listen" | "cidr" | "files" | "fault" | "sockopt";

/** The same, to look in. */
export const REPEATED: readonly OptionKind[] = [
  "gate",
  "listen",
  "cidr",
  "files",
  "fault",
  "sockopt",
] satisfies readonly RepeatedKind[];

/** One option of the command line. Help, parsing, completions and manual page come from it. */
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
  /** What is different for some of them. */
  readonly per?: Readonly<Partial<Record<CommandName, Partial<Pick<OptionSpec, "short" | "default" | "help">>>>>;
}

/** The services that there are (RFC 862, 863, 864). */
export const SERVICES = ["echo", "discard", "chargen"] as const;

/** The options of the commands that are none of the socket's. */
const COMMAND_OPTIONS = {
  host: {
    kind: "host",
    placeholder: "HOST",
    default: "127.0.0.1",
    help: "Address or name to bind; 0.0.0.0 is all of IPv4, :: all of IPv6 and (not on Windows) IPv4",
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
    choices: SERVICES,
    default: "echo",
    help: "What to do with each connection (RFC 862, 863, 864)",
    commands: ["serve"],
  },
  listen: {
    kind: "listen",
    placeholder: "ADDR:PORT[=SERVICE][+tls]",
    help:
      "In place of --host, --port and --service: an address and what to do there, such as :9=discard; may be repeated",
    commands: ["serve"],
  },
  "idle-timeout": {
    kind: "period",
    placeholder: "TIME",
    help: "Close a connection after this long without a byte in either direction (default: never)",
    commands: ["serve"],
  },
  "max-lifetime": {
    kind: "period",
    placeholder: "TIME",
    help: "End a connection after this long: what came is echoed, then FIN (default: never)",
    commands: ["serve"],
  },
  "max-bytes": {
    kind: "size",
    placeholder: "SIZE",
    help: "End a connection after this many bytes received, or sent: those are echoed, then FIN (default: no limit)",
    commands: ["serve"],
  },
  "max-connections": {
    kind: "count",
    placeholder: "N",
    help: "Serve at most this many at once; more are closed as soon as accepted (default: no limit)",
    commands: ["serve"],
  },
  "max-per-host": {
    kind: "count",
    placeholder: "N",
    help: "Serve at most this many at once from one IPv4 address or IPv6 /64; more are closed (default: no limit)",
    commands: ["serve"],
  },
  "accept-rate": {
    kind: "rate",
    placeholder: "RATE",
    help:
      "Take on at most this many connections a second, a second's worth at once; more are closed (default: no limit)",
    commands: ["serve"],
  },
  "rate-limit": {
    kind: "size",
    placeholder: "SIZE",
    help: "Read from, and write to, a connection at most this many bytes a second (default: no limit)",
    commands: ["serve"],
  },
  "rate-limit-total": {
    kind: "size",
    placeholder: "SIZE",
    help: "The same for all connections together (default: no limit)",
    commands: ["serve"],
  },
  allow: {
    kind: "cidr",
    placeholder: "CIDR",
    help: "Serve this address or network, such as 192.0.2.0/24, and no other that is not allowed too; may be repeated",
    commands: ["serve"],
  },
  deny: {
    kind: "cidr",
    placeholder: "CIDR",
    help: "Do not serve this one; the longest match of both lists wins, and deny where equal; may be repeated",
    commands: ["serve"],
  },
  "allow-file": {
    kind: "files",
    placeholder: "FILE",
    help: "Allow those in a file, one a line, # for comments; read again at SIGHUP; may be repeated",
    commands: ["serve"],
  },
  "deny-file": {
    kind: "files",
    placeholder: "FILE",
    help: "Deny those in a file, likewise; may be repeated",
    commands: ["serve"],
  },
  grace: {
    kind: "duration",
    placeholder: "TIME",
    default: "5s",
    help: "After SIGINT or SIGTERM, how long open connections are served on",
    commands: ["serve"],
  },
  fault: {
    kind: "fault",
    placeholder: "SPEC",
    help: "Inject a fault, such as delay=50ms,10ms or reset@10k:20%, see below; may be repeated",
    commands: ["serve"],
  },
  "fault-seed": {
    kind: "number",
    placeholder: "N",
    help:
      "Draw the faults from this seed, to meet the same ones again, to the byte (default: a random one, in the log)",
    commands: ["serve"],
  },
  admin: {
    kind: "text",
    placeholder: "ADDR:PORT",
    help: "Serve /healthz, /metrics (Prometheus), /connections and a live page over HTTP; :9090 is on 127.0.0.1 only",
    commands: ["serve"],
  },
  top: {
    kind: "flag",
    help: "Show the connections as a live table, on a terminal",
    commands: ["serve"],
  },
  "connect-timeout": {
    kind: "period",
    placeholder: "TIME",
    default: "3.5s",
    help: "Give up when the connection is not made by then, name lookup included",
    commands: ["send", "ping", "bench"],
  },
  timeout: {
    kind: "period",
    placeholder: "TIME",
    default: "5.5s",
    help: "Give up after this long without a byte of the echo that is owed, or without the peer's FIN after ours",
    commands: ["send", "ping", "bench"],
    per: {
      bench: { help: "Count a connection as failed after this long without a byte of an echo that is owed" },
      ping: {
        short: "W",
        default: "1s",
        help: "Count a probe as lost after this long; its echo, when it comes, is shown as late",
      },
    },
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
    commands: ["send", "bench"],
  },
  count: {
    short: "c",
    kind: "count",
    placeholder: "N",
    help: "Send this many probes (default: until Ctrl-C)",
    commands: ["ping"],
  },
  interval: {
    short: "i",
    kind: "duration",
    placeholder: "TIME",
    default: "1s",
    help: "Time from one probe to the next; with 0 the next goes out as soon as the echo has come",
    commands: ["ping"],
  },
  size: {
    short: "s",
    kind: "size",
    placeholder: "SIZE",
    help: "Bytes of a request (default: 64); of a write in a stream (default: 128k)",
    commands: ["ping", "bench"],
    per: { ping: { default: "64", help: "Bytes of a probe" } },
  },
  connect: {
    kind: "flag",
    help: "Time the handshake of a new connection each time, for servers that do not echo",
    commands: ["ping"],
  },
  "fail-if": {
    kind: "gate",
    placeholder: "EXPR",
    help: "Exit 1 if this holds, such as p99>5ms, errors>0 or rate<10k; may be repeated",
    commands: ["ping", "bench", "compare"],
    per: {
      ping: { help: "Exit 1 if this holds, such as loss>5% or p99>20ms, and not for a lost probe; may be repeated" },
      compare: { help: "Exit 1 if this holds of a change in percent, such as rate<-5% or p99>10%; may be repeated" },
    },
  },
  connections: {
    short: "c",
    kind: "count",
    placeholder: "N",
    default: "50",
    help: "Connections at once",
    commands: ["bench"],
  },
  duration: {
    short: "d",
    kind: "period",
    placeholder: "TIME",
    default: "10s",
    help: "Length of the measured time",
    commands: ["bench"],
  },
  warmup: {
    kind: "duration",
    placeholder: "TIME",
    default: "1s",
    help: "Time before it under the same load, which is left out of the figures",
    commands: ["bench"],
  },
  rate: {
    short: "r",
    kind: "rate",
    placeholder: "RATE",
    help:
      "Send so many requests a second on schedule (open loop), such as 10k; latency then counts from when each was due",
    commands: ["bench"],
  },
  pipeline: {
    kind: "count",
    placeholder: "N",
    default: "1",
    help: "Requests under way on one connection",
    commands: ["bench"],
  },
  churn: {
    kind: "flag",
    help: "Make a connection for each request: connect, echo, close",
    commands: ["bench"],
  },
  mode: {
    kind: "choice",
    choices: ["echo", "stream"],
    default: "echo",
    help: "Requests that are echoed one by one, or as many bytes as go through",
    commands: ["bench"],
  },
  direction: {
    kind: "choice",
    choices: ["up", "down", "both"],
    help:
      "Which way a stream goes: up to a discard server, down from a chargen server, both through echo (default: both)",
    commands: ["bench"],
  },
  workers: {
    kind: "threads",
    placeholder: "N|auto",
    default: "1",
    help: "Threads, each with its share of the connections; auto is one per processor",
    commands: ["serve", "bench"],
    per: { serve: { help: "Threads that accept and serve, sharing the port; auto is one per processor (Linux)" } },
  },
  report: {
    kind: "file",
    placeholder: "FILE.html",
    help: "Write a page with charts, which needs no network",
    commands: ["bench", "merge"],
  },
  "json-lines": {
    kind: "flag",
    help: "Print each probe as a JSON object, and the result as a last one",
    commands: ["ping"],
  },
  tls: {
    kind: "flag",
    help: "Speak TLS, and check the server's certificate; every other --tls option implies it",
    commands: ["send", "ping", "bench"],
  },
  "tls-ca": {
    kind: "file",
    placeholder: "FILE",
    help: "Trust the authorities in this PEM file, in place of the public ones that Deno knows",
    commands: ["send", "ping", "bench"],
  },
  "tls-insecure": {
    kind: "flag",
    help: "Take any certificate: nothing then proves who the server is",
    commands: ["send", "ping", "bench"],
  },
  "tls-name": {
    kind: "host",
    placeholder: "NAME",
    help: "Name to ask the server for (SNI) and to look for in its certificate (default: the host)",
    commands: ["send", "ping", "bench"],
  },
  "tls-cert": {
    kind: "file",
    placeholder: "FILE",
    help: "Own certificate in PEM, those between it and its root after it, for a server that asks for one",
    commands: ["serve", "send", "ping", "bench"],
    per: {
      serve: {
        help: "Speak TLS with this certificate in PEM, those between it and its root after it; read again at SIGHUP",
      },
    },
  },
  "tls-key": {
    kind: "file",
    placeholder: "FILE",
    help: "Private key of --tls-cert, in PEM",
    commands: ["serve", "send", "ping", "bench"],
  },
  "tls-client-ca": {
    kind: "file",
    placeholder: "FILE",
    help: "Serve only clients with a certificate that one of those in this PEM file has signed (mutual TLS)",
    commands: ["serve"],
  },
  "tls-handshake-timeout": {
    kind: "period",
    placeholder: "TIME",
    default: "10s",
    help: "Close a connection whose TLS handshake takes longer",
    commands: ["serve"],
  },
  "tls-alpn": {
    kind: "text",
    placeholder: "PROTO[,PROTO]",
    help: "Protocols to offer (ALPN), the preferred one first, such as h2,http/1.1",
    commands: ["serve", "send", "ping", "bench"],
    per: { serve: { help: "Protocols to agree on (ALPN), the preferred one first, such as h2,http/1.1" } },
  },
  "tls-min": {
    kind: "choice",
    choices: ["1.2", "1.3"],
    help: "Oldest version of TLS to speak (default: 1.2)",
    commands: ["serve", "send", "ping", "bench"],
  },
  "tls-max": {
    kind: "choice",
    choices: ["1.2", "1.3"],
    help: "Newest version of TLS to speak (default: 1.3)",
    commands: ["serve", "send", "ping", "bench"],
  },
} as const satisfies Record<string, OptionSpec>;

/** The options that every command has. */
const COMMON_OPTIONS = {
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

/** The commands that connect, and so have the socket options of a client. */
const CLIENTS = ["send", "ping", "bench"] as const satisfies readonly CommandName[];

/** What a value of the socket option table is to the command line. */
const KINDS: Record<SocketOptionRow["type"], OptionKind> = {
  boolean: "flag",
  milliseconds: "duration",
  bytes: "size",
  integer: "number",
  text: "text",
  address: "text",
};

/** The flags of the socket options, as their table has them. */
function socketOptions(): Record<SocketOptionFlagName, OptionSpec> {
  const specs = SOCKET_OPTION_ROWS.flatMap((row) =>
    row.flags.map((flag: SocketOptionFlag) => [flag.name, {
      kind: KINDS[row.type],
      placeholder: flag.placeholder,
      default: flag.default,
      help: flag.help ?? row.summary,
      commands: [...(row.server ? ["serve"] : []), ...(row.client ? CLIENTS : [])],
    }])
  );
  return Object.fromEntries(specs);
}

const RAW_OPTION = {
  sockopt: {
    kind: "sockopt",
    placeholder: "LEVEL:NAME=INT",
    help: "Set any other option by name or number, such as tcp:TCP_CORK=1 or 6:3=1; may be repeated",
    commands: ["serve", ...CLIENTS],
  },
} as const satisfies Record<string, OptionSpec>;

/** Every option, in the order of the help: the one place that names them, with the table of the socket options. */
export const OPTIONS = { ...COMMAND_OPTIONS, ...socketOptions(), ...RAW_OPTION, ...COMMON_OPTIONS };

type OwnOptions = typeof COMMAND_OPTIONS & typeof COMMON_OPTIONS;
type OwnName = keyof OwnOptions;

/** The name of an option, without its dashes. */
export type OptionName = OwnName | SocketOptionFlagName | "sockopt";

type Kind<N extends OwnName> = OwnOptions[N]["kind"];
type Choice<N extends OwnName> = OwnOptions[N] extends { choices: readonly (infer C)[] } ? C : never;
type Given<N extends OwnName> = Kind<N> extends "flag" ? boolean
  : Kind<N> extends RepeatedKind ? readonly string[]
  : Kind<N> extends "host" | "file" | "text" ? string
  : Kind<N> extends "choice" ? Choice<N>
  : number;

/** The values of the options: what was given, else the default, else `undefined`; a flag is true or false. */
export type OptionValues =
  & {
    [N in OwnName]: OwnOptions[N] extends { default: string } | { kind: "flag" | RepeatedKind } ? Given<N>
      : Given<N> | undefined;
  }
  & { [N in SocketOptionFlagName]: boolean | number | string | undefined }
  & { sockopt: readonly string[] };

/** What an option is to a command: what is different for it put in. */
export function optionSpec(name: OptionName, command: CommandName | undefined): OptionSpec {
  const spec: OptionSpec = OPTIONS[name];
  return command === undefined ? spec : { ...spec, ...spec.per?.[command] };
}

/** Whether an option is one of the socket's. */
export function isSocketOption(name: OptionName): boolean {
  return !(name in COMMAND_OPTIONS) && !(name in COMMON_OPTIONS);
}

/** Whether a command has an option; without a command, whether it is a common one. */
export function hasOption(command: CommandName | undefined, name: OptionName): boolean {
  const commands: OptionSpec["commands"] = OPTIONS[name].commands;
  return commands === "all" || (command !== undefined && commands.includes(command));
}

/** The options that a command has of its own; without a command, the common ones. */
export function ownOptions(command: CommandName | undefined): OptionName[] {
  const names = Object.keys(OPTIONS) as OptionName[];
  return names.filter((name) => hasOption(command, name) && (command === undefined || !hasOption(undefined, name)));
}
