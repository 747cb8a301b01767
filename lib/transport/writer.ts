import type { Connection } from "../net/connection.ts";
import { WriteQueue } from "./write_queue.ts";

/** Whom a {@linkcode Writer} tells, and asks. */
export interface WriterHooks {
  /** Bytes have gone. */
  onSent(): void;
  /** All has gone, FIN included where that was asked for. */
  onIdle(): void;
  /** Writing has failed. */
  onError(error: unknown): void;
  /** Bytes that the next write may have at most; undefined for as many as go well. */
  mostOf(size: number): number | undefined;
}

/** Writes what is queued, one write at a time; what is queued in one turn goes out as one. */
export class Writer {
  readonly #connection: Connection;
  readonly #hooks: WriterHooks;
  readonly #queue = new WriteQueue();
  #eof = false;
  /** The writing under way. */
  #writing: Promise<void> | undefined;
  #stopped = false;

  constructor(connection: Connection, hooks: WriterHooks) {
    this.#connection = connection;
    this.#hooks = hooks;
  }

  /** Bytes that have not gone yet, those under way included. */
  get size(): number {
    return this.#queue.size;
  }

  /** Whether all has gone. */
  get isIdle(): boolean {
    return this.#queue.size === 0 && !this.#writing;
  }

  /** Whether FIN is out, or will be. */
  get hasEnded(): boolean {
    return this.#eof;
  }

  /** Queues a copy; {@linkcode start} is still to be called. */
  push(data: Uint8Array): void {
    this.#queue.push(data);
  }

  /** Sends FIN when all has gone. */
  end(): void {
    this.#eof = true;
    this.start();
  }

  /** Begins to write what is queued, in the next turn. */
  start(): void {
    if (this.#writing || this.#stopped) return;
    this.#writing = Promise.resolve().then(() => this.#writeAll());
  }

  /** Resolves when all has gone, or never will. */
  async flush(): Promise<void> {
    while (!this.isIdle) await this.#writing;
  }

  /** Drops what is queued, and tells nobody of anything any more. */
  stop(): void {
    this.#stopped = true;
    this.#queue.clear();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#queue.size > 0) {
        const bytes = this.#queue.peek(this.#hooks.mostOf(this.#queue.size));
        await this.#connection.write(bytes);
        if (this.#stopped) return;
        this.#queue.drop(bytes.length);
        this.#hooks.onSent();
      }
      if (this.#eof && !this.#stopped) await this.#connection.closeWrite();
    } catch (error) {
      if (!this.#stopped) this.#hooks.onError(error);
    } finally {
      this.#writing = undefined;
    }
    if (this.#stopped) return;
    // What came while the last of it went out, such as the end.
    if (this.#queue.size > 0) this.start();
    else this.#hooks.onIdle();
  }
}
