import { Duplex } from "node:stream";
import { ReceiveBuffer } from "../core/receive_buffer.ts";
import type { Connection } from "./connection.ts";

/**
 * Bytes that the engine is given at a time, a record's size: it keeps a buffer of the largest part that it ever got, and what
 * it makes of a part waits for the reader.
 */
const PART = 16 * 1024;

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
  readonly #buffer = new ReceiveBuffer();
  /** What was read and the engine has not been given yet, at the end of the buffer. */
  #left = new Uint8Array();
  /** Bytes that the last read has brought. */
  #came = 0;
  #reading: Promise<boolean> | undefined;
  #writing: Promise<void> | undefined;
  #failed = false;
  #established = false;
  /** What is held back, once the engine has given the handshake up: by then nobody knows yet why. */
  #held: [Uint8Array, WriteCallback][] | undefined;

  constructor(connection: Connection) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.#connection = connection;
    // Until it was read from once, a stream lets what comes wait, whoever listens.
    this.read(0);
  }

  /**
   * Gives the engine what came, part by part; where it has had all of it, reads once from the connection first. While it
   * does, a second call waits for the same read.
   *
   * @param isEnough Asked after each part; without it one part is.
   * @returns Whether there was something; not after the peer's FIN, of which the engine is not told.
   */
  async pull(isEnough = () => true): Promise<boolean> {
    if (!this.hasMore && !await (this.#reading ??= this.#read())) return false;
    while (this.hasMore) {
      this.#giveNext();
      if (isEnough()) break;
    }
    return true;
  }

  /** Whether something has come that the engine was not given yet. */
  get hasMore(): boolean {
    return this.#left.length > 0;
  }

  /** Gives the buffer back, when nothing reads into it any more; once, where the connection is closed right before or after. */
  async returnBuffer(): Promise<void> {
    await this.#reading?.catch(() => {});
    // The buffer is somebody else's: neither given to the engine nor exchanged any more.
    this.#left = new Uint8Array();
    this.#buffer.release();
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

  async #read(): Promise<boolean> {
    try {
      const n = await this.#connection.read(this.#buffer.bytes);
      if (n === null) return false;
      this.#left = this.#buffer.filled(n);
      this.#came = n;
      return true;
    } finally {
      this.#reading = undefined;
    }
  }

  #giveNext(): void {
    const part = this.#left.subarray(0, PART);
    this.#left = this.#left.subarray(part.length);
    // The engine copies what it takes, at once; what waits here must be a copy.
    const isTaken = this.readableFlowing && this.readableLength === 0;
    this.push(isTaken ? part : part.slice());
    if (!this.hasMore) this.#buffer.adapt(this.#came);
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
