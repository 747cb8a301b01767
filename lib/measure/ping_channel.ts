import { firstDifference } from "../core/echo_verifier.ts";
import { delay } from "../core/delay.ts";
import { EchoMismatchError, QUOTED_BYTES } from "../core/errors.ts";
import { textOf } from "../core/text_of.ts";
import type { Connection } from "../net/connection.ts";
import { isPeerGone, isPeerReset } from "../net/is_peer_gone.ts";
import type { Probe, ProbeBook } from "./ping_book.ts";
import { PingPayload } from "./ping_payload.ts";
import type { PingLoss } from "./ping_result.ts";
import { tlsFailureOf } from "./tls_facts.ts";

/** Bytes of the read buffer. */
const READ_SIZE = 64 * 1024;

/** Why a connection serves no more. */
export interface ChannelEnd {
  /** The loss that it is to a probe. */
  readonly loss: PingLoss;
  /** The same in words. */
  readonly message: string;
  /** The first wrong byte of an echo; null where none was wrong. */
  readonly offset: number | null;
}

/**
 * One connection on which probes go out and their echoes come back. TCP keeps the order, so the place of a byte in the
 * stream tells whose echo it is; each is compared with what was sent.
 */
export class PingChannel {
  readonly #connection: Connection;
  readonly #book: ProbeBook;
  readonly #onEnd: (end: ChannelEnd, waiting: number) => void;
  readonly #outgoing: PingPayload;
  readonly #expected: PingPayload;
  /** Probes whose echo has not come, lost ones too. */
  #owed: Probe[] = [];
  /** Bytes of the first one's echo that have come. */
  #position = 0;
  /** Of these probes, those that wait for the write before to end. */
  readonly #unwritten: Probe[] = [];
  #writing = false;
  #writeError: unknown;
  #closed = false;
  /** Resolves once it reads no more. */
  readonly finished: Promise<void>;

  /** @param onEnd Called once, unless it is closed before, with the number of probes that were waiting. */
  constructor(
    connection: Connection,
    size: number,
    book: ProbeBook,
    onEnd: (end: ChannelEnd, waiting: number) => void,
  ) {
    this.#connection = connection;
    this.#book = book;
    this.#onEnd = onEnd;
    this.#outgoing = new PingPayload(size);
    this.#expected = new PingPayload(size);
    this.finished = this.#receive();
  }

  /** Whether probes can be sent. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Probes whose echo has not come, lost ones too. */
  get owed(): number {
    return this.#owed.length;
  }

  /** Sends a probe. While the system takes no more it waits for its turn, and its time counts from now all the same. */
  send(probe: Probe): void {
    probe.connection = this.#connection;
    this.#owed.push(probe);
    if (this.#writing) {
      this.#stamp(probe);
      this.#unwritten.push(probe);
    } else {
      void this.#write(probe);
    }
  }

  /** Closes it. */
  close(): void {
    this.#closed = true;
    this.#connection.close();
  }

  async #write(probe: Probe): Promise<void> {
    this.#writing = true;
    try {
      this.#outgoing.number(probe.seq);
      this.#stamp(probe);
      await this.#connection.write(this.#outgoing.bytes);
      for (let next = this.#unwritten.shift(); next; next = this.#unwritten.shift()) {
        this.#outgoing.number(next.seq);
        await this.#connection.write(this.#outgoing.bytes);
      }
    } catch (error) {
      this.#writeError = error;
      // Left to the reading side, which may still find what the peer had to say.
      if (!isPeerGone(error)) this.#onError(error);
    }
    this.#writing = false;
  }

  #stamp(probe: Probe): void {
    probe.sentDate = Date.now();
    this.#book.limit(probe);
    probe.sentMs = performance.now();
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(READ_SIZE);
    while (!this.#closed) {
      let n: number | null;
      try {
        n = await this.#connection.read(buffer);
      } catch (error) {
        return this.#onError(error);
      }
      const atMs = performance.now();
      if (n === null) return await this.#onFin();
      this.#take(buffer.subarray(0, n), atMs);
    }
  }

  /** Compares bytes with what was sent. An echo is good once all of it has come, and nothing that nobody sent follows. */
  #take(bytes: Uint8Array, atMs: number): void {
    const whole: Probe[] = [];
    let fault: { error: EchoMismatchError; probe: Probe | undefined } | undefined;
    for (let done = 0; done < bytes.length && !fault;) {
      const probe: Probe | undefined = this.#owed[0];
      if (probe === undefined) {
        const error = new EchoMismatchError(this.#expected.bytes.length, new Uint8Array(), quote(bytes, done));
        fault = { error, probe: whole.pop() };
        break;
      }
      const part = bytes.subarray(done, done + this.#expected.bytes.length - this.#position);
      const error = this.#compare(probe, part, atMs);
      if (error) fault = { error, probe };
      done += part.length;
      this.#position += part.length;
      if (this.#position < this.#expected.bytes.length || fault) continue;
      this.#position = 0;
      whole.push(this.#owed.shift()!);
    }
    for (const probe of whole) {
      probe.echoMs = atMs - probe.sentMs;
      this.#book.reply(probe, probe.echoMs, atMs);
    }
    if (fault) this.#onMismatch(fault.error, fault.probe);
  }

  #compare(probe: Probe, part: Uint8Array, atMs: number): EchoMismatchError | undefined {
    if (this.#position === 0) {
      this.#expected.number(probe.seq);
      probe.firstByteMs = atMs - probe.sentMs;
    }
    const expected = this.#expected.bytes.subarray(this.#position, this.#position + part.length);
    const differs = firstDifference(expected, part);
    if (differs < 0) return undefined;
    return new EchoMismatchError(this.#position + differs, quote(expected, differs), quote(part, differs));
  }

  /** The stream is out of step from here on: it is no use to read on. */
  #onMismatch(error: EchoMismatchError, probe: Probe | undefined): void {
    this.#connection.abort();
    if (probe && !this.#owed.includes(probe)) this.#owed.unshift(probe);
    this.#finish({ loss: "mismatch", message: error.message, offset: error.offset });
  }

  #onError(error: unknown): void {
    if (this.#closed) return;
    const tls = tlsFailureOf(error);
    if (tls !== undefined) return this.#finish({ loss: "tls", message: tls, offset: null });
    if (error instanceof Deno.errors.UnexpectedEof) return this.#endClosed(" without TLS's close_notify");
    if (isPeerReset(error)) {
      return this.#finish({ loss: "reset", message: "the server reset the connection", offset: null });
    }
    const silent = error instanceof Deno.errors.TimedOut;
    this.#finish({
      loss: silent ? "timeout" : "failed",
      message: silent ? "the server stopped answering, and the connection was given up" : textOf(error),
      offset: null,
    });
  }

  async #onFin(): Promise<void> {
    // A socket tells a reset once. If that was to a write, the read finds the end only: let the write say so first. (A
    // broken pipe is what comes of writing after the end.)
    await delay(0);
    const told = this.#writeError;
    if (told !== undefined && !(told instanceof Deno.errors.BrokenPipe)) return this.#onError(told);
    this.#endClosed("");
  }

  /** @param how What was odd about it, in words. */
  #endClosed(how: string): void {
    const size = this.#expected.bytes.length;
    const short = this.#position > 0 ? ` after ${this.#position} of ${size} bytes of the echo` : "";
    this.#finish({ loss: "closed", message: `the server closed the connection${short}${how}`, offset: null });
  }

  #finish(end: ChannelEnd): void {
    if (this.#closed) return;
    this.close();
    const waiting = this.#owed.filter(({ state }) => state === "waiting");
    this.#owed = [];
    for (const probe of waiting) this.#book.lose(probe, end.loss, end.message, end.offset);
    this.#onEnd(end, waiting.length);
  }
}

function quote(bytes: Uint8Array, from: number): Uint8Array {
  return bytes.slice(from, from + QUOTED_BYTES);
}
