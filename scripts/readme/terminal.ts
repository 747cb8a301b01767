/**
 * A bash that is typed into as into a terminal: what one command leaves (folder, variables, background jobs) the next one
 * finds.
 *
 * @module
 */
import { shellQuote } from "../../lib/cli/shell_quote.ts";
import type { Output } from "./output_difference.ts";
import { endGroup, groupEnds, signalGroup } from "./process_group.ts";
import { type Screen, watch } from "./screen.ts";

/** What a command left behind. */
export interface Finished extends Output {
  /** Its exit code. */
  code: number;
}

/** A command that was typed. */
export interface Running {
  /** Its end. */
  finished: Promise<Finished>;
  /** The first line of stdout that matches; undefined when the command ends without. */
  line(pattern: RegExp): Promise<string | undefined>;
}

/** A bash, and all that it starts. */
export interface Terminal {
  /** Whether bash takes another command: false when one ended it. */
  readonly open: boolean;
  /** Types a command, when the one before has finished; `strict`: as under `set -e`, whose failure ends bash. */
  type(command: string, strict: boolean): Running;
  /** What Ctrl-C does: SIGINT to all that runs here. */
  interrupt(): void;
  /** Ends it at once, with all that runs here; no promise is waited for. */
  kill(): void;
  /** Closes it; false when something went on running, which is then ended too. */
  close(): Promise<boolean>;
}

/** How long output may still come from a bash that has ended, when something else holds its pipe open. */
const LATE_OUTPUT_MS = 1_000;

/** Characters that may follow the name in a mark: ` 255 closed` and the end of the line. */
const MARK_TAIL = 12;

/** How long what runs in a terminal that was closed may take to notice. */
const LEAVE_LIMIT_MS = 1_000;

/**
 * Bash's first lines. The function tells the end of a command on both streams, since only then all of its output has been
 * read, and whether it was bash's end too. SIGINT is for what runs in bash.
 */
function preamble(name: string): string {
  return `
set -uo pipefail
${name}() { printf '\\n%s %d %s\\n' ${name} "$1" "$2"; printf '\\n%s\\n' ${name} >&2; }
trap '${name} $? closed' EXIT
trap : INT
`;
}

/** Where a command's output ends in a text of which all before `from` was searched. */
type Find = (text: string, from: number) => number | undefined;

class BashTerminal implements Terminal {
  readonly #name = `_walk_${crypto.randomUUID().replaceAll("-", "")}`;
  readonly #bash: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #stdout: Screen;
  readonly #stderr: Screen;
  #open = true;

  constructor(folder: string) {
    this.#bash = new Deno.Command("bash", {
      args: ["-s"],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // A group of its own: a Ctrl-C in it does not reach us, and one signal reaches all of it.
      detached: true,
    }).spawn();
    this.#stdin = this.#bash.stdin.getWriter();
    this.#stdout = watch(this.#bash.stdout);
    this.#stderr = watch(this.#bash.stderr);
    void this.#bash.status.then(() => this.#open = false);
    this.#write(preamble(this.#name));
  }

  get open(): boolean {
    return this.#open;
  }

  type(command: string, strict: boolean): Running {
    this.#stdout.clear();
    this.#stderr.clear();
    this.#write(`set ${strict ? "-e" : "+e"}; eval ${shellQuote(command)} </dev/null; ${this.#name} $? open\n`);
    const finished = this.#finished();
    const found = (text: string, pattern: RegExp) => text.split("\n").slice(0, -1).find((line) => pattern.test(line));
    return {
      finished,
      line: (pattern) =>
        Promise.race([
          this.#stdout.until((text) => found(text, pattern)),
          finished.then(({ stdout }) => found(`${stdout}\n`, pattern)),
        ]),
    };
  }

  interrupt(): void {
    signalGroup(this.#bash.pid, "INT");
  }

  kill(): void {
    signalGroup(this.#bash.pid, "KILL");
  }

  async close(): Promise<boolean> {
    // Bash may have ended, and its pipe with it.
    await this.#stdin.close().catch(() => {});
    const clean = await groupEnds(this.#bash.pid, LEAVE_LIMIT_MS);
    if (!clean) await endGroup(this.#bash.pid);
    await this.#bash.status;
    return clean;
  }

  #write(text: string): void {
    // Bash that has ended takes no more, and its status tells so.
    void this.#stdin.write(new TextEncoder().encode(text)).catch(() => {});
  }

  async #finished(): Promise<Finished> {
    const [stdout, stderr] = [this.#stdout, this.#stderr];
    const mark = `\n${this.#name}`;
    const find: Find = (text, from) => {
      const at = text.indexOf(mark, Math.max(0, from - mark.length - MARK_TAIL));
      return at >= 0 && text.indexOf("\n", at + 1) > 0 ? at : undefined;
    };
    const marks = Promise.all([stdout.until(find), stderr.until(find)]);
    const ended = this.#ended().then(() => [find(stdout.text, 0), find(stderr.text, 0)]);
    const [out, err] = await Promise.race([marks, ended]);
    const said = out === undefined ? undefined : /\S+ (\d+) (\S+)/.exec(stdout.text.slice(out));
    if (said?.[2] !== "open") this.#open = false;
    return {
      code: said ? Number(said[1]) : (await this.#bash.status).code,
      stdout: stdout.text.slice(0, out),
      stderr: stderr.text.slice(0, err),
    };
  }

  /** Resolves when bash has ended and its output is read, for which a job that holds the pipe open is not waited for. */
  async #ended(): Promise<void> {
    await this.#bash.status;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, LATE_OUTPUT_MS);
    await Promise.race([late.promise, Promise.all([this.#stdout.ended, this.#stderr.ended])]);
    clearTimeout(timer);
  }
}

/** Opens a terminal in a folder. */
export function openTerminal(folder: string): Terminal {
  return new BashTerminal(folder);
}
