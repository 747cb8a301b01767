import { Duplex } from "node:stream";
import { ReceiveSize } from "../core/receive_size.ts";
import type { Connection } from "./connection.ts";

/** Called when bytes are out, or will never be. */
type WriteCallback = (error?: Error | null) => void;

/**
 * A connection as the TLS engine sees it: a stream of node:stream that gives what came when it is told to, so that nothing
 * is taken from the kernel before somebody reads it, and whose failures go past the engine: it has no notion of a write
 * side that has failed and a read side that has not.
 */
export class CipherStream extends Duplex {
  readonly #connection: Connection;
  /** Told when bytes could not be written. */
  onWriteError: ((error: unknown) => void) | undefined;
  readonly #size = new ReceiveSize();
  #buffer = new Uint8Array(this.#size.bytes);
  #pulling: Promise<boolean> | undefined;
  #writing: Promise<void> | undefined;
  #failed = false;
  #established = false;
  /** What is held back, once the engine has given the handshake up: by then nobody knows yet why. */
  #held: [Uint8Array, WriteCallback][] | undefined;

  constructor(connection: Connection) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.#connection = connection;
  }

  /**
   * Reads once from the connection, and gives it to the engine. While it does, a second call is the same one.
   *
   * @returns Whether something came; not after the peer's FIN, of which the engine is not told.
   */
  pull(): Promise<boolean> {
    return this.#pulling ??= this.#pull();
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  /** The handshake is done: what the engine writes goes out, also after it has destroyed this. */
  establish(): void {
    this.#established = true;
  }

  /**
   * Lets nothing go out any more. Where a client's certificate is refused, the engine may have made a ticket already, with
   * which the client would pass the next time.
   */
  hold(): void {
    this.#held ??= [];
  }

  /** Lets go out what the engine wrote after it gave the handshake up: an alert. */
  release(): void {
    this.#established = true;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const [bytes, callback] of held) this.write(bytes, callback);
  }

  /**
   * Overridden and not `_write()`: the engine destroys this stream when it is done, and writes its last words after that, an
   * alert or close_notify. It never writes before it is called back.
   */
  override write(bytes: Uint8Array, callback?: WriteCallback | BufferEncoding): boolean {
    const done = typeof callback === "function" ? callback : () => {};
    if (this.#held) this.#held.push([bytes, done]);
    else this.#writing = this.#write(bytes, done);
    return true;
  }

  /** Reading is asked for by {@linkcode pull}. */
  override _read(): void {}

  /** The connection is closed by whoever it belongs to. */
  override _destroy(_error: Error | null, callback: WriteCallback): void {
    if (!this.#established) this.hold();
    callback();
  }

  async #pull(): Promise<boolean> {
    try {
      const n = await this.#connection.read(this.#buffer);
      if (n === null) return false;
      this.push(this.#buffer.subarray(0, n));
      // The engine has a copy, unless it lets them wait here.
      if (this.#size.record(n) || this.readableLength > 0) this.#buffer = new Uint8Array(this.#size.bytes);
      return true;
    } finally {
      this.#pulling = undefined;
    }
  }

  async #write(bytes: Uint8Array, done: WriteCallback): Promise<void> {
    const before = this.#writing;
    if (before) await before;
    try {
      if (!this.#failed) await this.#connection.write(bytes);
    } catch (error) {
      this.#failed = true;
      this.onWriteError?.(error);
    }
    done();
  }
}
