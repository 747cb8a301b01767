import { delay } from "../core/delay.ts";
import { textOf } from "../core/text_of.ts";
import type { EchoServer } from "../echo/echo_server.ts";
import { busiestFirst } from "../report/rate_book.ts";
import type { ServerFacts } from "../report/server_facts.ts";
import { ratesBetween, summaryText } from "../report/server_text.ts";
import { topText } from "../report/top_text.ts";
import { type CommandContext, commandContext } from "./command_context.ts";
import { ConnectionBook } from "./connection_book.ts";
import { HeldText } from "./held_text.ts";
import { UsageError } from "./usage_error.ts";

/** Milliseconds from one drawing to the next, as other tops have it. */
const REDRAW_MS = 1000;
/** The alternate screen of the terminal (xterm's 1049), where lines that are too long are cut (DECAWM off), and back. */
const ENTER = "\x1b[?1049h\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?1049l";
/** To the upper left; erase what is left of a line; what is left of the screen (ECMA-48: CUP, EL, ED). */
const HOME = "\x1b[H";
const ERASE_LINE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

/** `serve --top`: draws a server and its connections on the terminal that stderr is, until it is disposed. */
export class ServeTop implements AsyncDisposable {
  /** What the command goes on with: its log is held back meanwhile, and the end of it shown below the table. */
  readonly context: CommandContext;
  readonly #given: CommandContext;
  readonly #held = new HeldText();
  readonly #end = new AbortController();
  #drawing: Promise<void> | undefined;
  #facts: (() => ServerFacts) | undefined;

  /** @throws {UsageError} if stderr is no terminal. */
  constructor(given: CommandContext) {
    const { io } = given;
    if (!io.stderrIsTerminal) {
      throw new UsageError("--top draws on a terminal, and stderr is none: leave it out, or see --admin");
    }
    this.#given = given;
    const heldIo = Object.create(io, {
      writeError: { value: (text: string) => this.#held.add(text) },
      // Without colors, which a line that is cut would not end.
      stderrIsTerminal: { value: false },
    });
    const { print, printJson } = given;
    this.context = { ...commandContext(given, heldIo), print, printJson };
  }

  /** Begins to draw. */
  start(server: EchoServer, facts: () => ServerFacts): void {
    this.#facts = facts;
    this.#given.io.writeError(ENTER);
    this.#drawing = this.#draw(new ConnectionBook(server), facts);
  }

  /** Gives the terminal back, with what the log told meanwhile and the final statistics; once. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end.signal.aborted) return;
    const { io } = this.#given;
    this.#end.abort();
    await this.#drawing;
    if (this.#drawing) io.writeError(LEAVE);
    this.#held.release((text) => io.writeError(text));
    const facts = this.#facts?.();
    if (facts) this.#given.say(`sounder: ${summaryText(facts, ratesBetween(undefined, facts), "the start")}`);
  }

  async #draw(book: ConnectionBook, facts: () => ServerFacts): Promise<void> {
    let last: ServerFacts | undefined;
    while (!this.#end.signal.aborted) {
      try {
        const { connections, total } = await book.look();
        const now = facts();
        const state = { facts: now, rates: ratesBetween(last, now), connections: busiestFirst(connections), total };
        last = now;
        if (!this.#end.signal.aborted) this.#show({ ...state, log: this.#held.lines });
      } catch (error) {
        this.context.logger.error(() => `cannot show the connections: ${textOf(error)}`);
      }
      await delay(REDRAW_MS, this.#end.signal);
    }
  }

  #show(state: Parameters<typeof topText>[0]): void {
    const { io, options } = this.#given;
    // Some terminals say 0 for what they do not know.
    const [columns, rows] = [io.columns || 80, io.rows || 24];
    const lines = topText(state, { columns, rows, color: !io.noColor && !options["no-color"] });
    io.writeError(HOME + lines.join(`${ERASE_LINE}\r\n`) + ERASE_LINE + ERASE_BELOW);
  }
}
