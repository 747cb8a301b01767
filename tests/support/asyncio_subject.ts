/**
 * What a scenario is played on: a connection of asyncio's or of ours, whose protocol acts as a script says and tells of
 * each callback in a line of text.
 *
 * @module
 */

/** The callbacks of a protocol; of a buffered one `bufferUpdated()` counts as `dataReceived`. */
export type Callback =
  | "connectionMade"
  | "dataReceived"
  | "eofReceived"
  | "pauseWriting"
  | "resumeWriting"
  | "connectionLost";

/** What a protocol can do; most are the transport's methods. */
export type Verb =
  | "write"
  | "writeText"
  | "writeLines"
  | "writeEof"
  | "close"
  | "abort"
  | "pauseReading"
  | "resumeReading"
  | "limits"
  | "setProtocol"
  | "raise"
  | "return"
  | "awaitReset"
  | "state";

/** One thing done: sizes in bytes, `limits` with high and low, `return` with the value. */
export type Action = readonly [verb: Verb, ...args: (number | boolean)[]];

/** What a protocol does in its callbacks, in order. */
export type Script = Partial<Record<Callback, readonly Action[]>>;

/** The protocols of a connection. */
export interface Play {
  /** The one that it begins with. */
  readonly first: Script;
  /** The one that `setProtocol` puts in its place. */
  readonly second?: Script;
  /** Makes the first a buffered one, with a buffer of so many bytes. */
  readonly buffer?: number;
}

/** A connection with a scripted protocol. Disposing of it ends it. */
export interface Subject extends AsyncDisposable {
  /** What happened so far. */
  readonly trace: Trace;
  /** Has it do something outside of its callbacks. */
  act(action: Action): Promise<void>;
}

/** Starts one: connects to a port of 127.0.0.1. */
export type StartSubject = (port: number, play: Play) => Promise<Subject>;

/** What happened to a subject, line by line. */
export class Trace {
  readonly #lines: string[] = [];
  #changed = Promise.withResolvers<void>();
  #ended = false;
  #failure: string | undefined;

  /** Adds a line. */
  tell(line: string): void {
    this.#lines.push(line);
    this.#wake();
  }

  /** There will be no more lines. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Makes whoever waits fail. */
  fail(why: string): void {
    this.#failure = why;
    this.#wake();
  }

  /** Waits for so many lines that begin like this. */
  async saw(start: string, count = 1): Promise<void> {
    await this.#until(() => this.#lines.filter((line) => line.startsWith(start)).length >= count, start);
  }

  /** Waits for so many bytes. */
  async received(bytes: number): Promise<void> {
    await this.#until(() => bytesIn(this.#lines) >= bytes, `${bytes} bytes`);
  }

  /** Waits until nothing more can come. */
  async over(): Promise<void> {
    await this.#until(() => this.#ended, "the end");
  }

  /** The lines, with what came in a row taken together: TCP may cut it anywhere. */
  get calls(): string[] {
    const calls: string[] = [];
    for (const line of this.#lines.filter((line) => line !== "done")) {
      const both = [calls.at(-1) ?? "", line];
      const [before, now] = both.map((call) => DATA.exec(call)?.[1]);
      if (now === undefined || now !== before) calls.push(line);
      else calls[calls.length - 1] = `${now}${bytesIn(both)}`;
    }
    return calls;
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    while (!holds()) {
      if (this.#failure || this.#ended) {
        throw new Error(`${this.#failure ?? "ended"} before ${what}: ${JSON.stringify(this.calls)}`);
      }
      await this.#changed.promise;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

const DATA = /^((?:second: )?dataReceived )(\d+)$/;

function bytesIn(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Number(DATA.exec(line)?.[2] ?? 0), 0);
}
