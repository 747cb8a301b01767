/**
 * Runs commands one after the other, as somebody who reads a text and types them would: a server goes on in its terminal,
 * and the next command goes into another, until a server for the same port is wanted or the text is over; then Ctrl-C.
 *
 * @module
 */
import { type Output, outputDifference } from "./output_difference.ts";
import { serverCommand } from "./server_command.ts";
import type { ShellCommand } from "./shell_commands.ts";
import { type Finished, openTerminal, type Running, type Terminal } from "./terminal.ts";

/** How it is walked. */
export interface WalkOptions {
  /** Where the commands run. */
  folder: string;
  /** Milliseconds that a command, or a server until it is ready, may take. */
  timeout: number;
  /** Why a command is not run; undefined where it is. */
  whyLeftOut: (command: ShellCommand) => string | undefined;
  /** What `uname -sr` says, for outputs of one system. */
  system: string;
  /** Told of each line to print. */
  print: (line: string) => void;
}

/** What came of the commands. */
export interface Walked {
  /** How many held. */
  passed: number;
  /** Those that did not, one line each. */
  failed: string[];
  /** How many were not run. */
  leftOut: number;
}

/** The grace of a server is 5 s, and a second for the peers to answer its FIN. */
const STOP_LIMIT_MS = 20_000;
const READY = /^Listening on \S+|"event":"listening"/;
const HEAD_LINES = 5;
const TAIL_LINES = 20;
const LINE_LENGTH = 200;

/** npm ends itself by the SIGINT that its program has taken well; so the shell says. */
const NPX_STOPPED = 130;

interface Server {
  command: ShellCommand;
  terminal: Terminal;
  running: Running;
  port: number;
  /** Whether the terminal had jobs in the background before. */
  shared: boolean;
}

/** A promise's value; undefined when it does not come in time. */
async function within<T>(limit: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), limit);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Enough of an output to see what went wrong. */
function gist({ stdout, stderr }: Output): string[] {
  return [stdout, stderr].flatMap((text) => {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const gap = lines.length - HEAD_LINES - TAIL_LINES;
    if (gap > 0) lines.splice(HEAD_LINES, gap, `(${gap} lines more)`);
    return lines.map((line) => line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line);
  });
}

/** A walk under way. */
export class Walk {
  readonly #options: WalkOptions;
  readonly #terminals = new Map<Terminal, { background: boolean }>();
  readonly #servers: Server[] = [];
  readonly #walked: Walked = { passed: 0, failed: [], leftOut: 0 };
  #terminal: Terminal | undefined;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** Runs the commands. Nothing that they started is running when it returns or throws. */
  async run(commands: ShellCommand[]): Promise<Walked> {
    try {
      for (const command of commands) await this.#take(command);
      while (this.#servers.length > 0) await this.#stop(this.#servers[0]);
    } catch (error) {
      this.kill();
      throw error;
    } finally {
      for (const terminal of this.#terminals.keys()) await terminal.close();
    }
    return this.#walked;
  }

  /** Ends all that was started, at once. */
  kill(): void {
    for (const terminal of this.#terminals.keys()) terminal.kill();
  }

  async #take(command: ShellCommand): Promise<void> {
    const reason = this.#options.whyLeftOut(command);
    const server = serverCommand(command.text);
    if (reason !== undefined) {
      this.#say(command);
      this.#options.print(`  left out: ${reason}`);
      this.#walked.leftOut++;
    } else if (server) {
      const before = this.#servers.find(({ port }) => port === server.port && port !== 0);
      if (before) await this.#stop(before);
      this.#say(command);
      await this.#serve(command, server.port, server.foreground);
    } else {
      this.#say(command);
      await this.#finish(command);
    }
  }

  #say({ line, text }: ShellCommand, more = ""): void {
    this.#options.print(`README.md:${line}: ${text.replaceAll("\n", "\n    ")}${more}`);
  }

  /** The terminal for the next command: the one before, if bash still runs in it and nothing else does. */
  #openTerminal(): Terminal {
    if (this.#terminal?.open) return this.#terminal;
    this.#terminal = openTerminal(this.#options.folder);
    this.#terminals.set(this.#terminal, { background: false });
    return this.#terminal;
  }

  async #finish(command: ShellCommand): Promise<void> {
    const terminal = this.#openTerminal();
    const { finished } = terminal.type(command.text, command.exitCode === 0);
    const result = await within(this.#options.timeout, finished);
    if (/&\s*(?:#.*)?$/m.test(command.text)) this.#terminals.set(terminal, { background: true });
    if (!result) {
      terminal.kill();
      this.#fail(command, `not done after ${this.#options.timeout / 1000} s`, await finished);
    } else if (result.code !== command.exitCode) {
      this.#fail(command, `exit ${result.code}, not ${command.exitCode}`, result);
    } else this.#judge(command, result);
  }

  async #serve(command: ShellCommand, port: number, foreground: string): Promise<void> {
    const terminal = this.#openTerminal();
    const { background: shared } = this.#terminals.get(terminal)!;
    const running = terminal.type(foreground, false);
    const ready = await within(this.#options.timeout, running.line(READY).then((line) => ({ line })));
    if (ready?.line !== undefined) {
      this.#options.print(`  ${ready.line}`);
      this.#servers.push({ command, terminal, running, port, shared });
      // It is occupied: what comes next is typed elsewhere.
      this.#terminal = undefined;
      return;
    }
    if (!ready) terminal.kill();
    const result = await running.finished;
    const reason = ready ? `it ended, exit ${result.code}` : `none after ${this.#options.timeout / 1000} s`;
    this.#fail(command, `no line "Listening on …": ${reason}`, result);
  }

  async #stop(server: Server): Promise<void> {
    const { command, terminal, running, shared } = server;
    this.#servers.splice(this.#servers.indexOf(server), 1);
    this.#terminals.delete(terminal);
    const early = await within(0, running.finished);
    if (!early) terminal.interrupt();
    const limit = Math.min(STOP_LIMIT_MS, this.#options.timeout);
    const result = await within(limit, running.finished);
    if (!result) terminal.kill();
    const end = await running.finished;
    const clean = await terminal.close();
    this.#say(command, ", at Ctrl-C");
    const allowed = /^\s*npx\s/.test(command.text) ? [0, NPX_STOPPED] : [0];
    if (early) this.#fail(command, `it ended by itself, exit ${early.code}`, early);
    else if (!result) this.#fail(command, `it did not stop within ${limit / 1000} s`, end);
    else if (!clean && !shared) this.#fail(command, "it left something running", end);
    else if (!allowed.includes(result.code)) this.#fail(command, `exit ${result.code}, not 0`, result);
    else this.#judge(command, result);
  }

  #judge(command: ShellCommand, result: Finished): void {
    const { shown, shownOn, excerpt } = command;
    const elsewhere = shownOn !== undefined && !this.#options.system.startsWith(shownOn);
    const difference = shown && !elsewhere ? outputDifference(shown, result, excerpt) : undefined;
    if (difference !== undefined) {
      this.#fail(command, difference, result, shown);
      return;
    }
    this.#walked.passed++;
    this.#options.print(`  ok${elsewhere ? ` (the output shown is of ${shownOn}, and not compared here)` : ""}`);
  }

  #fail(command: ShellCommand, reason: string, output: Output, shown?: string[]): void {
    const { print } = this.#options;
    print(`  FAILED: ${reason}`);
    if (shown) print(["shown:", ...shown].map((line) => `    ${line}`).join("\n"));
    print([shown ? "came:" : "output:", ...gist(output)].map((line) => `    ${line}`).join("\n"));
    this.#walked.failed.push(`README.md:${command.line}: ${command.text.split("\n")[0]}: ${reason}`);
  }
}
