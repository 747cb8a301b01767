import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/parse_command_line.ts";
import type { SocketOptionRow } from "../../lib/socket/option_row.ts";
import { SOCKET_OPTIONS, type SocketOptionFlagName } from "../../lib/socket/options.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";

Deno.test("a command line becomes command, options and operands", () => {
  const { command, options, operands } = parseCommandLine(["serve", "-p", "0", "--grace=0", "--service", "chargen"]);
  assertEquals(command, "serve");
  assertEquals(operands, []);
  assertEquals(options.port, 0);
  assertEquals(options.grace, 0);
  assertEquals(options.service, "chargen");
});

/** Socket options are as the kernel has them, but for the backlog. */
function socketDefaults(): Record<SocketOptionFlagName, boolean | number | undefined> {
  const flags = SOCKET_OPTIONS.flatMap((row: SocketOptionRow) => row.flags);
  return Object.fromEntries(
    flags.map(({ name, sets }) => [name, name === "backlog" ? 511 : sets === undefined ? undefined : false]),
  ) as ReturnType<typeof socketDefaults>;
}

Deno.test("defaults are those of DESIGN.md", () => {
  const { options } = parseCommandLine([]);
  assertEquals(options, {
    host: "127.0.0.1",
    port: 9999,
    service: "echo",
    listen: [],
    "idle-timeout": undefined,
    "max-lifetime": undefined,
    "max-bytes": undefined,
    "max-connections": undefined,
    "max-per-host": undefined,
    "accept-rate": undefined,
    "rate-limit": undefined,
    "rate-limit-total": undefined,
    allow: [],
    deny: [],
    "allow-file": [],
    "deny-file": [],
    fault: [],
    "fault-seed": undefined,
    grace: 5000,
    admin: undefined,
    top: false,
    "connect-timeout": 3500,
    timeout: 5500,
    window: 67108864,
    "no-verify": false,
    count: undefined,
    interval: 1000,
    size: undefined,
    connect: false,
    connections: 50,
    duration: 10_000,
    warmup: 1000,
    rate: undefined,
    pipeline: 1,
    churn: false,
    mode: "echo",
    direction: undefined,
    workers: 1,
    report: undefined,
    "fail-if": [],
    "json-lines": false,
    tls: false,
    "tls-ca": undefined,
    "tls-insecure": false,
    "tls-name": undefined,
    "tls-cert": undefined,
    "tls-key": undefined,
    "tls-client-ca": undefined,
    "tls-handshake-timeout": 10_000,
    "tls-alpn": undefined,
    "tls-min": undefined,
    "tls-max": undefined,
    ...socketDefaults(),
    sockopt: [],
    json: false,
    quiet: false,
    verbose: false,
    "log-level": "info",
    "log-format": "text",
    "no-color": false,
    help: false,
    version: false,
  });
});

Deno.test("messages stay byte for byte what they are", () => {
  const messages = ["007", "1e3", "0x10", "", "true", " x ", "-"];
  assertEquals(parseCommandLine(["send", ":1", ...messages]).operands, [":1", ...messages]);
  const dashed = ["-5", "--json", "--", "-"];
  const { operands, options } = parseCommandLine(["send", ":1", "--", ...dashed]);
  assertEquals(operands, [":1", ...dashed]);
  assertEquals(options.json, false);
});

Deno.test("a flag takes no word that follows it", () => {
  const { options, operands } = parseCommandLine(["send", "--json", "true", "-q", "false"]);
  assertEquals([options.json, options.quiet], [true, true]);
  assertEquals(operands, ["true", "false"]);
});

Deno.test("short options: apart, joined, with =, in a row", () => {
  for (const args of [["-p", "7"], ["-p7"], ["-p=7"], ["-qp7"], ["-qvp", "7"]]) {
    assertEquals(parseCommandLine(["serve", ...args]).options.port, 7, args.join(" "));
  }
  const { options } = parseCommandLine(["serve", "-qv"]);
  assertEquals([options.quiet, options.verbose], [true, true]);
});

Deno.test("an option that commands share has the default and the letter of each", () => {
  assertEquals(parseCommandLine(["send", ":1"]).options.timeout, 5500);
  assertEquals(parseCommandLine(["ping", ":1"]).options.timeout, 1000);
  assertEquals(parseCommandLine(["ping", ":1", "-W", "2s"]).options.timeout, 2000);
  const message = "unknown option -W: see sounder send --help, or put -- before a message that begins with -";
  assertThrows(() => parseCommandLine(["send", ":1", "-W", "2s"]), UsageError, message);
});

Deno.test("an option that may be repeated keeps them all, in order", () => {
  const { options } = parseCommandLine(["ping", ":1", "--fail-if", "loss>5%", "--fail-if=p99>1ms"]);
  assertEquals(options["fail-if"], ["loss>5%", "p99>1ms"]);
});

Deno.test("common options may stand before the command, and the last of several counts", () => {
  const { command, options } = parseCommandLine(["--log-level", "warn", "--json", "send", "--log-level=debug"]);
  assertEquals([command, options["log-level"], options.json], ["send", "debug", true]);
});

Deno.test("a wrong command line names the option, the value and the remedy in one line", () => {
  const cases: [args: string[], ...parts: string[]][] = [
    [["sreve"], 'unknown command "sreve"', "did you mean serve?"],
    [["dance"], 'unknown command "dance"', "use serve, send, ping, bench, compare, merge, sockopt"],
    [["serve", "--prot", "1"], "unknown option --prot", "did you mean --port?"],
    [["serve", "--frobnicate"], "unknown option --frobnicate", "sounder serve --help"],
    [["send", "-5"], "unknown option -5", "put -- before a message"],
    [["serve", "-c", "1"], "unknown option -c"],
    [["--port", "1", "serve"], "--port stands before the command", "after serve"],
    [["serve", "--window", "1"], "--window is no option of serve", "belongs to send"],
    [["serve", "--port"], "--port needs a value", "--port PORT"],
    [["serve", "--port", "--json"], "--port needs a value"],
    [["serve", "--port="], "--port needs a value"],
    [["serve", "--port", ""], "--port needs a value"],
    [["serve", "-p"], "--port needs a value"],
    [["serve", "--port", "--", "1"], "--port needs a value"],
    [["serve", "--json=yes"], "--json takes no value", '"=yes"'],
    [["serve", "--port", "65536"], '--port: bad port "65536"', "0 to 65535"],
    [["serve", "--port", "1.5"], '--port: bad port "1.5"'],
    [["serve", "--max-connections", "-1"], '--max-connections: bad count "-1"', "from 1"],
    [["serve", "--max-connections", "0"], '--max-connections: bad count "0"', "from 1"],
    [["serve", "--backlog", "-5"], '--backlog: bad number "-5"', "whole number"],
    [["serve", "--max-connections", "2147483648"], '--max-connections: bad count "2147483648"', "2147483647"],
    [["serve", "--idle-timeout", "0"], '--idle-timeout: bad duration "0"', "more than 0"],
    [["serve", "--grace", "5x"], '--grace: bad duration "5x"', "500ms"],
    [["serve", "--service", "daytime"], '--service: bad value "daytime"', "echo, discard, chargen"],
    [["serve", "--host", "a b"], '--host: bad host "a b"'],
    [["send", "--window", "0"], '--window: bad size "0"', "at least 1 byte"],
    [["send", "--window", "64Q"], '--window: bad size "64Q"', "64k"],
    [["serve", "--log-level", "loud"], '--log-level: bad value "loud"', "debug, info, warn, error"],
  ];
  for (const [args, ...parts] of cases) {
    const { message } = assertThrows(() => parseCommandLine(args), UsageError);
    for (const part of parts) assertStringIncludes(message, part);
    assertEquals(message.includes("\n"), false, message);
  }
});

Deno.test("both sides of each border are told apart", () => {
  assertEquals(parseCommandLine(["serve", "--port", "65535"]).options.port, 65535);
  assertEquals(parseCommandLine(["serve", "--max-connections", "1"]).options["max-connections"], 1);
  assertEquals(parseCommandLine(["serve", "--backlog", "2147483647"]).options.backlog, 2147483647);
  assertEquals(parseCommandLine(["serve", "--idle-timeout", "1ms"]).options["idle-timeout"], 1);
  assertEquals(parseCommandLine(["send", "--window", "1"]).options.window, 1);
});
