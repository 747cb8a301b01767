import { delay } from "../core/delay.ts";
import { EchoVerifier } from "../core/echo_verifier.ts";
import { EchoIncompleteError, type EchoIncompleteReason } from "../core/errors.ts";
import { Watchdog } from "../core/watchdog.ts";
import type { Connection } from "../net/connection.ts";
import { isPeerGone } from "../net/is_peer_gone.ts";

/** Bytes handed to one write: as much as the kernel takes well, and little to keep twice. */
const PIECE = 64 * 1024;

/** Where the bytes to send come from. */
export interface EchoSource {
  /** The next bytes, or `null` at the end. */
  next(): Uint8Array | null | Promise<Uint8Array | null>;
  /** Ends a pending `next()`; called at most once, when the flow has failed. */
  cancel(reason: unknown): void;
}

/** Options for {@linkcode EchoFlow}. */
export interface EchoFlowOptions {
  /** Bytes sent at most whose echo has not come. */
  window?: number;
  /** Milliseconds without a byte while some are owed. */
  timeout?: number;
  /** Gives up. */
  signal?: AbortSignal;
  /** Whether bytes are compared or only counted. */
  verify?: boolean;
  /** The offset, in error messages, of the first byte; 0 by default. */
  offset?: number;
  /** Ends the connection when the flow fails; by default its `abort()`. */
  abort?: () => void;
  /** Bytes that the source will give: the flow then ends with the last echo. Without it, it ends with FIN both ways. */
  total?: number;
}

/**
 * Sends what the source gives and hands every byte that comes back, once it proved right, to the sink: both at once, as
 * sending first and reading later would deadlock on anything larger than the socket buffers.
 *
 * ```text
 *   source ─▶ window ─▶ verifier.addSent ─▶ write ──▶ peer
 *                                                       │
 *   sink ◀──────────── verifier.checkEcho ◀─ read ◀─────┘
 * ```
 */
export class EchoFlow {
  readonly #connection: Connection;
  readonly #source: EchoSource;
  readonly #sink: (bytes: Uint8Array) => void | Promise<void>;
  readonly #verifier: EchoVerifier;
  readonly #watchdog: Watchdog | undefined;
  readonly #options: EchoFlowOptions;
  #failure: { error: unknown } | undefined;
  /** Our FIN is out, or will be: the peer's is awaited. */
  #sourceEnded = false;
  #sinking = false;
  #writeError: unknown;
  #wakeSender: (() => void) | undefined;
  #wakeReceiver: (() => void) | undefined;

  /** @param sink Takes bytes that are valid until its promise resolves. */
  constructor(
    connection: Connection,
    source: EchoSource,
    sink: (bytes: Uint8Array) => void | Promise<void>,
    options: EchoFlowOptions,
  ) {
    this.#connection = connection;
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
    this.#verifier = new EchoVerifier({ compare: options.verify, offset: options.offset });
    if (options.timeout !== undefined) this.#watchdog = new Watchdog(options.timeout, () => this.#onSilence());
  }

  /** Bytes handed to the connection so far. */
  get sent(): number {
    return this.#verifier.sent;
  }

  /** Bytes that came back so far and were right. */
  get echoed(): number {
    return this.#verifier.echoed;
  }

  /** Runs to the end. On failure the connection is closed. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    const onAbort = () => this.#fail(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const fail = (error: unknown) => this.#fail(error);
    await Promise.all([this.#send().catch(fail), this.#receive().catch(fail)]);
    this.#watchdog?.stop();
    signal?.removeEventListener("abort", onAbort);
    if (this.#failure) throw this.#failure.error;
  }

  async #send(): Promise<void> {
    const { window = Infinity, total } = this.#options;
    for (let bytes = await this.#source.next(); bytes !== null; bytes = await this.#source.next()) {
      for (let done = 0; done < bytes.length;) {
        while (this.#verifier.owed >= window && !this.#failure) await this.#echo();
        if (this.#failure) return;
        const piece = bytes.subarray(done, done + Math.min(PIECE, window - this.#verifier.owed));
        this.#verifier.addSent(piece);
        this.#expectEcho();
        if (!await this.#write(piece)) return;
        done += piece.length;
      }
    }
    if (this.#failure || total !== undefined) return;
    this.#sourceEnded = true;
    this.#expectEcho();
    await this.#connection.closeWrite().catch(() => {});
  }

  /** Writes; a failure to write is left to the reading side, which may still find what the peer had to say. */
  async #write(piece: Uint8Array): Promise<boolean> {
    try {
      await this.#connection.write(piece);
      return true;
    } catch (error) {
      this.#writeError = error;
      if (!isPeerGone(error)) this.#fail(error);
      return false;
    }
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(PIECE);
    while (!this.#failure && this.echoed < (this.#options.total ?? Infinity)) {
      const n = await this.#connection.read(buffer).catch((error) => this.#endOrThrow(error));
      if (n === null) return await this.#onFin();
      const bytes = buffer.subarray(0, n);
      this.#verifier.checkEcho(bytes);
      // The silence counts anew from here; while the sink takes its time, it is not the peer's.
      this.#watchdog?.pause();
      this.#sinking = true;
      const taken = this.#sink(bytes);
      if (taken) await this.#untilTaken(taken);
      this.#sinking = false;
      this.#expectEcho();
      this.#wakeSender?.();
    }
  }

  /** Waits for the sink, which may take for ever, or until the flow has failed. */
  #untilTaken(taken: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wakeReceiver = resolve;
      taken.then(resolve, reject);
    });
  }

  /** Waits until some echo has come, or the flow has failed. */
  #echo(): Promise<void> {
    return new Promise((resolve) => this.#wakeSender = resolve);
  }

  /** Counts the peer's silence from now, unless it counts already or the peer owes us nothing. */
  #expectEcho(): void {
    if (this.#sinking || this.#watchdog?.running) return;
    if (this.#verifier.owed > 0 || this.#sourceEnded) this.#watchdog?.start();
  }

  async #onFin(): Promise<void> {
    if (this.#sourceEnded && this.#verifier.owed === 0) return;
    // A socket tells a reset once. If that was to a write, the read finds the end only: let the write say so first. (A
    // broken pipe is what comes of writing after the end.)
    await delay(0);
    const told = this.#writeError;
    if (told !== undefined && !(told instanceof Deno.errors.BrokenPipe)) this.#onReadError(told);
    throw this.#incomplete("closed", "it closed the connection", told);
  }

  /** TLS that was cut off is an end like another where nothing is missing: many servers leave out close_notify. */
  #endOrThrow(error: unknown): null {
    const isWhole = this.#sourceEnded && this.#verifier.owed === 0;
    if (isWhole && error instanceof Deno.errors.UnexpectedEof) return null;
    this.#onReadError(error);
  }

  #onReadError(error: unknown): never {
    if (this.#failure) throw error;
    if (error instanceof Deno.errors.UnexpectedEof) {
      throw this.#incomplete("closed", "it cut the connection off", error);
    }
    if (!isPeerGone(error)) throw error;
    throw error instanceof Deno.errors.TimedOut
      ? this.#incomplete("stalled", "it stopped answering", error)
      : this.#incomplete("reset", "it reset the connection", error);
  }

  #onSilence(): void {
    const { timeout } = this.#options;
    this.#fail(
      this.#verifier.owed > 0
        ? this.#incomplete("stalled", `no more came for ${timeout} ms`)
        : new EchoIncompleteError(0, "unfinished", `peer did not send its FIN within ${timeout} ms of ours`),
    );
  }

  #incomplete(reason: EchoIncompleteReason, why: string, cause?: unknown): EchoIncompleteError {
    const { total = this.sent, offset = 0 } = this.#options;
    const text = this.echoed === total && offset + total > 0
      ? `peer has echoed all of ${offset + total} bytes, but ${why}`
      : `peer has echoed ${offset + this.echoed} of ${offset + total} bytes: ${why}`;
    return new EchoIncompleteError(total - this.echoed, reason, text, { cause });
  }

  /** Ends the flow with its first error: everything pending is woken, and finds the connection closed. */
  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    if (this.#options.abort) this.#options.abort();
    else this.#connection.abort();
    this.#source.cancel(error);
    this.#wakeSender?.();
    this.#wakeReceiver?.();
  }
}
