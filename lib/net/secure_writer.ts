import type { TLSSocket } from "node:tls";
import type { CipherStream } from "./cipher_stream.ts";
import type { Connection } from "./connection.ts";
import { peerGone, type SecurePeer, turn } from "./secure_peer.ts";
import { WriteShare } from "./write_share.ts";

/** The writing side of TLS. */
export class SecureWriter {
  readonly #below: Connection;
  readonly #cipher: CipherStream;
  readonly #socket: TLSSocket;
  readonly #peer: SecurePeer;
  readonly #share = new WriteShare();
  #writing: PromiseWithResolvers<void> | undefined;
  #ended: Promise<void> | undefined;
  #closed = false;

  constructor(below: Connection, cipher: CipherStream, socket: TLSSocket, peer: SecurePeer) {
    this.#below = below;
    this.#cipher = cipher;
    this.#socket = socket;
    this.#peer = peer;
    cipher.onWriteError = (error) => this.#onError(error);
  }

  /** Whether a write is under way. */
  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  /** As `Connection.write()`, while it is open. */
  async write(p: Uint8Array): Promise<void> {
    if (this.#writing) throw new Deno.errors.Busy("cannot write: another write is under way, await it first");
    if (this.#ended) throw new Deno.errors.BrokenPipe("the write side is closed");
    if (p.length === 0) return;
    if (this.#peer.gone) throw this.#peer.takeUntold() ?? peerGone();
    const writing = this.#writing = Promise.withResolvers<void>();
    this.#writeFrom(p, 0, writing);
    try {
      await writing.promise;
    } finally {
      this.#share.release();
      this.#writing = undefined;
    }
  }

  /** Sends close_notify and FIN behind a write under way; once. */
  end(): Promise<void> {
    return this.#ended ??= this.#writing ? this.#endAfter(this.#writing.promise) : this.#sendEnd();
  }

  /** Ends a write under way. */
  fail(error: unknown): void {
    this.#writing?.reject(error);
  }

  /** The same, for good. */
  close(error: unknown): void {
    this.#closed = true;
    this.fail(error);
  }

  async #endAfter(writing: Promise<void>): Promise<void> {
    await writing.catch(() => {});
    if (this.#closed) throw new Deno.errors.Interrupted("the connection was closed before its write side");
    await this.#sendEnd();
  }

  /** FIN as well: a bare close below would drop what waits for an ACK, where something is unread. */
  async #sendEnd(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.end(() => resolve()));
    await turn();
    await this.#cipher.idle();
    if (!this.#peer.gone) await this.#below.closeWrite();
  }

  /** Writes from an offset on, piece by piece; the engine calls back when a piece has gone out below. */
  #writeFrom(p: Uint8Array, offset: number, writing: PromiseWithResolvers<void>): void {
    const end = offset + this.#share.take(p.length - offset);
    const piece = offset === 0 && end === p.length ? p : p.subarray(offset, end);
    this.#socket.write(piece, (error) => {
      if (error) writing.reject(peerGone());
      else if (this.#closed || this.#peer.gone || end === p.length) writing.resolve();
      else this.#writeFrom(p, end, writing);
    });
  }

  #onError(error: unknown): void {
    this.#peer.gone = true;
    const { ended } = this.#peer;
    // After the peer's end a reset is only ever a broken pipe.
    if (this.#writing) this.fail(ended && error instanceof Deno.errors.ConnectionReset ? peerGone() : error);
    else if (!ended && !(error instanceof Deno.errors.BrokenPipe)) this.#peer.keep(error);
  }
}
