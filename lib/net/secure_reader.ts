import type { TLSSocket } from "node:tls";
import { ByteQueue } from "./byte_queue.ts";
import type { CipherStream } from "./cipher_stream.ts";
import { isPeerReset } from "./is_peer_gone.ts";
import { type SecurePeer, turn } from "./secure_peer.ts";

/** Reads at most, once the connection is closed, of what no reader would have got: tickets for a later session. */
const MOST_TICKETS = 4;

/** A read that waits for bytes. */
interface WaitingRead {
  readonly p: Uint8Array;
  readonly settled: PromiseWithResolvers<number | null>;
}

/** The reading side of TLS: the engine is given ciphered bytes only while a read waits. */
export class SecureReader {
  readonly #cipher: CipherStream;
  readonly #peer: SecurePeer;
  readonly #queue = new ByteQueue();
  #waiting: WaitingRead | undefined;
  #pulling = false;
  #closed = false;
  /** Bytes of the peer's came after the close. */
  #unread = false;

  constructor(cipher: CipherStream, socket: TLSSocket, peer: SecurePeer) {
    this.#cipher = cipher;
    this.#peer = peer;
    socket.on("end", () => this.#onEnd());
    socket.on("data", (bytes: Uint8Array) => this.#onData(bytes));
  }

  /** As `Connection.read()`, while it is open. */
  async read(p: Uint8Array): Promise<number | null> {
    if (this.#waiting) throw new Deno.errors.Busy("cannot read: another read is waiting, await it first");
    if (p.length === 0) return 0;
    if (this.#queue.size > 0) return this.#queue.take(p);
    if (this.#peer.ended) return null;
    if (this.#peer.broken) throw this.#peer.broken;
    this.#waiting = { p, settled: Promise.withResolvers() };
    const { promise } = this.#waiting.settled;
    if (!this.#pulling) void this.#pull();
    return await promise;
  }

  /** Ends a read that waits; with what has come, if something has: the next one is told. */
  fail(error: unknown): void {
    if (this.#queue.size > 0) return this.#answer();
    this.#reject(error);
  }

  /** Ends a read that waits, and nothing is read any more. */
  close(error: unknown): void {
    this.#closed = true;
    this.#reject(error);
  }

  /**
   * Reads what the engine alone has a use for. What is left unread below makes a RST of the FIN: right for bytes of the
   * peer's, but not for what it never wrote.
   */
  async takeTickets(): Promise<void> {
    try {
      for (let i = 0; i < MOST_TICKETS && !this.#pulling && !this.#unread; i++) {
        if (!await this.#cipher.pull()) return;
      }
    } catch {
      // Closed by now, or reset.
    }
  }

  /** Gives the engine what comes, as long as a read waits. */
  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      while (this.#waiting) {
        if (!await this.#cipher.pull(() => this.#isFull())) await this.#onFin();
        else if (this.#queue.size > 0) this.#answer();
      }
    } catch (error) {
      await this.#onError(error);
    } finally {
      this.#pulling = false;
    }
  }

  #onData(bytes: Uint8Array): void {
    if (this.#closed) return void (this.#unread = true);
    this.#queue.push(bytes);
    if (!this.#cipher.hasMore || this.#isFull()) this.#answer();
  }

  #onEnd(): void {
    this.#peer.ended = true;
    this.#answer();
  }

  /** The FIN of the connection below. */
  async #onFin(): Promise<void> {
    await turn();
    if (this.#peer.ended || this.#closed) return;
    const untold = this.#peer.takeUntold();
    if (untold) return this.fail(untold);
    if (this.#peer.gone) return this.#answer();
    this.#peer.broken = new Deno.errors.UnexpectedEof(
      "the stream was cut: the peer's FIN came without TLS's close_notify before it",
    );
    this.fail(this.#peer.broken);
  }

  async #onError(error: unknown): Promise<void> {
    await turn();
    if (this.#peer.ended || this.#closed) return;
    this.#peer.gone ||= isPeerReset(error);
    this.fail(error);
  }

  /** Whether there is no more room in the read that waits. */
  #isFull(): boolean {
    return !this.#waiting || this.#queue.size >= this.#waiting.p.length;
  }

  /** Ends a read that waits: with what has come, or else as the end of the stream. */
  #answer(): void {
    this.#waiting?.settled.resolve(this.#queue.size > 0 ? this.#queue.take(this.#waiting.p) : null);
    this.#waiting = undefined;
  }

  #reject(error: unknown): void {
    this.#waiting?.settled.reject(error);
    this.#waiting = undefined;
  }
}
