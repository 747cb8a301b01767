import { waitAtMost } from "../core/delay.ts";

/** What one direction of a {@linkcode connectionPair} does to the bytes it carries. */
export interface MemoryLinkOptions {
  /**
   * Bytes in flight at most; a write waits for room, as with a socket buffer.
   *
   * @default {65536}
   */
  bufferSize?: number;
  /**
   * Bytes that one read returns at most, and that a write hands over at a time.
   *
   * @default {Infinity}
   */
  maxChunk?: number;
  /**
   * Milliseconds before a chunk written can be read.
   *
   * @default {0}
   */
  delay?: number;
  /** The reader gets the end of the stream after this many bytes, 0 included; what is written beyond is lost. */
  truncateAfter?: number;
  /** The connection is reset once this many bytes were written, 0 included; those can still be read. */
  resetAfter?: number;
}

/** Moving 65,536 chunks of a byte up after each one read took 40 µs a byte; so it is done for many at once. */
const DROPPED_TOGETHER = 1024;
const NOTHING = new Uint8Array();

interface Chunk {
  bytes: Uint8Array;
  /** When it may be read, on the clock of `performance.now()`. */
  due: number;
}

/** One direction of a connection in memory: a bounded queue of chunks with an end. */
export class MemoryLink {
  /** Called once when this direction is reset. */
  onReset: () => void = () => {};
  readonly #options: Required<MemoryLinkOptions>;
  readonly #chunks: Chunk[] = [];
  /** The oldest chunk not read; those before it are done with. */
  #first = 0;
  #queued = 0;
  #written = 0;
  #ended = false;
  #reset = false;
  #resetTold = false;
  #readerGone = false;
  #writerGone = false;
  /** Wakes whoever waits for a change. Both ends wait here: one reader and one writer at the most. */
  #wake: (() => void)[] = [];

  /** Makes an empty link. */
  constructor(options: MemoryLinkOptions = {}) {
    this.#options = {
      bufferSize: options.bufferSize ?? 65536,
      maxChunk: options.maxChunk ?? Infinity,
      delay: options.delay ?? 0,
      truncateAfter: options.truncateAfter ?? Infinity,
      resetAfter: options.resetAfter ?? Infinity,
    };
    checkOptions(this.#options);
    this.#ended = this.#options.truncateAfter === 0;
  }

  /** As `Connection.read()`. */
  async read(p: Uint8Array): Promise<number | null> {
    if (p.length === 0) return 0;
    while (true) {
      if (this.#readerGone) throw new Deno.errors.Interrupted("the connection was closed while reading");
      if (this.#queued > 0) {
        await this.#untilDue(this.#chunks[this.#first].due);
        if (!this.#readerGone) return this.#take(p);
      } else if (this.#ended || this.#reset) {
        const reset = this.takeReset();
        if (reset) throw reset;
        return null;
      } else await this.#change();
    }
  }

  /** As `Connection.write()`. */
  async write(p: Uint8Array): Promise<void> {
    for (let done = 0; done < p.length;) {
      if (this.#writerGone) throw new Deno.errors.Interrupted("the connection was closed while writing");
      if (this.#reset) throw new Deno.errors.BrokenPipe("the peer reset the connection");
      const room = Math.min(this.#options.bufferSize - this.#queued, this.#options.maxChunk);
      if (room > 0) done += this.#put(p.subarray(done, done + room));
      else await this.#change();
    }
  }

  /** The reset as the reader's socket tells it: once, and not after a FIN. */
  takeReset(): Error | undefined {
    if (!this.#reset || this.#ended || this.#resetTold) return undefined;
    this.#resetTold = true;
    return new Deno.errors.ConnectionReset("the peer reset the connection");
  }

  /** The writer's FIN: after what is queued the reader gets the end. */
  end(): void {
    if (!this.#reset) this.#ended = true;
    this.#changed();
  }

  /** The writer closes: a pending write fails, and the reader gets the end after what is queued. */
  detachWriter(): void {
    this.#writerGone = true;
    this.end();
  }

  /**
   * The reader closes: a pending read fails, and the next write is lost and causes a RST.
   *
   * @returns Whether bytes were left unread.
   */
  detachReader(): boolean {
    const unread = this.#queued > 0;
    this.#readerGone = true;
    this.#chunks.length = this.#first = this.#queued = 0;
    this.#changed();
    return unread;
  }

  /** RST: the reader gets an error after what is queued, the writer one at once. A second call does nothing. */
  reset(): void {
    if (this.#reset) return;
    this.#reset = true;
    this.#changed();
    this.onReset();
  }

  #put(bytes: Uint8Array): number {
    const kept = bytes.slice(0, Math.max(0, this.#limit() - this.#written));
    this.#written += bytes.length;
    if (kept.length > 0 && !this.#readerGone) {
      this.#chunks.push({ bytes: kept, due: performance.now() + this.#options.delay });
      this.#queued += kept.length;
    }
    if (this.#written >= this.#options.truncateAfter) this.#ended = true;
    this.#changed();
    if (this.#readerGone || this.#written >= this.#options.resetAfter) this.reset();
    return bytes.length;
  }

  #limit(): number {
    return Math.min(this.#options.truncateAfter, this.#options.resetAfter);
  }

  #take(p: Uint8Array): number {
    const chunk = this.#chunks[this.#first];
    const part = chunk.bytes.subarray(0, Math.min(p.length, this.#options.maxChunk));
    p.set(part);
    if (part.length < chunk.bytes.length) chunk.bytes = chunk.bytes.subarray(part.length);
    else {
      chunk.bytes = NOTHING;
      if (++this.#first === DROPPED_TOGETHER) {
        this.#chunks.splice(0, this.#first);
        this.#first = 0;
      }
    }
    this.#queued -= part.length;
    this.#changed();
    return part.length;
  }

  async #untilDue(due: number): Promise<void> {
    for (let wait = due - performance.now(); wait > 0 && !this.#readerGone; wait = due - performance.now()) {
      await waitAtMost(wait, this.#change());
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}

function checkOptions({ bufferSize, maxChunk, ...others }: Required<MemoryLinkOptions>): void {
  for (const [name, value] of Object.entries({ bufferSize, maxChunk })) {
    if (!(value >= 1)) throw new RangeError(`cannot connect a pair with ${name} ${value}: use 1 or more`);
  }
  for (const [name, value] of Object.entries(others)) {
    if (!(value >= 0)) throw new RangeError(`cannot connect a pair with ${name} ${value}: use 0 or more`);
  }
}
