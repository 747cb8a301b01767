import { textOf } from "../core/text_of.ts";
import { attempt } from "../core/attempt.ts";
import { formatAddress } from "../core/address.ts";
import type { Logger } from "../core/logger.ts";
import type { Connection } from "../net/connection.ts";
import { extraInfo } from "./extra_info.ts";
import { checkProtocol } from "./make_protocol.ts";
import type { BufferedProtocol, Protocol } from "./protocol.ts";
import { Reader } from "./reader.ts";
import type { ExtraInfo, Transport, WriteBufferLimits } from "./transport.ts";
import { limitsOf, WaterMarks } from "./water_marks.ts";
import { Writer } from "./writer.ts";

/** Writes in vain after which the log warns: asyncio's number. */
const VAIN_WRITES = 5;

const NOTHING = new Uint8Array();

/** Who is told what, beside the protocol. */
export interface TransportHooks {
  /** Told of what a callback of the protocol throws. */
  onError?: (error: unknown) => void;
  /** Where that, and writing in vain, is logged. */
  logger?: Logger;
  /** Called when the connection is over, after `connectionLost()`. */
  onEnd?: () => void;
}

/**
 * A {@linkcode Transport} over a {@linkcode Connection}: a reader, a writer, and the state that decides which callback may
 * come.
 */
export class StreamTransport implements Transport {
  readonly #connection: Connection;
  readonly #hooks: TransportHooks;
  readonly #marks = new WaterMarks();
  readonly #reader: Reader;
  readonly #writer: Writer;
  #protocol: Protocol | BufferedProtocol;
  #readPaused = false;
  #eofReceived = false;
  #closing = false;
  /** No callback but `connectionLost()` comes any more, and that one is under way. */
  #lost = false;
  #vainWrites = 0;

  constructor(connection: Connection, protocol: Protocol | BufferedProtocol, hooks: TransportHooks) {
    this.#connection = connection;
    this.#protocol = protocol;
    this.#hooks = hooks;
    this.#reader = new Reader(connection, {
      mayDeliver: () => !this.#closing && !this.#readPaused && !this.#eofReceived,
      protocol: () => this.#protocol,
      call: (callback) => this.#call(callback),
      onEof: () => this.#onEof(),
      onError: (error) => this.#lose(asError(error), "close"),
    });
    this.#writer = new Writer(connection, {
      onSent: () => this.#judge(),
      onIdle: () => this.#closing && this.#lose(null, "close"),
      // A reset is told once: where reading has heard of it, all that writing hears of is a broken pipe.
      onError: (error) => this.#lose(asError((this.#reader.failure ?? { error }).error), "close"),
      mostOf: (size) => this.#marks.mostOf(size),
    });
  }

  /** Calls `connectionMade()`, and begins to read. */
  start(): void {
    this.#call(() => this.#protocol.connectionMade?.(this));
    this.#reader.start();
  }

  write(data: Uint8Array): void {
    this.#check(data);
    if (data.length > 0 && this.#mayWrite()) this.#push(data);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    const pieces = [...list];
    for (const data of pieces) this.#check(data);
    if (!pieces.some((data) => data.length > 0) || !this.#mayWrite()) return;
    for (const data of pieces) this.#writer.push(data);
    this.#push(NOTHING);
  }

  writeEof(): void {
    if (!this.#closing && !this.#writer.hasEnded) this.#writer.end();
  }

  canWriteEof(): boolean {
    return true;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#writer.isIdle) this.#lose(null, "close");
  }

  abort(): void {
    this.#lose(null, "abort");
  }

  isClosing(): boolean {
    return this.#closing;
  }

  pauseReading(): void {
    if (!this.#closing) this.#readPaused = true;
  }

  resumeReading(): void {
    if (this.#closing || !this.#readPaused) return;
    this.#readPaused = false;
    this.#reader.start();
  }

  isReading(): boolean {
    return !this.#closing && !this.#readPaused;
  }

  setWriteBufferLimits(limits?: Partial<WriteBufferLimits>): void {
    this.#marks.limits = limitsOf(limits);
    this.#judge();
  }

  getWriteBufferLimits(): WriteBufferLimits {
    return this.#marks.limits;
  }

  getWriteBufferSize(): number {
    return this.#writer.size;
  }

  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] {
    return extraInfo(this.#connection, name);
  }

  setProtocol(protocol: Protocol | BufferedProtocol): void {
    checkProtocol(protocol);
    this.#protocol = protocol;
  }

  getProtocol(): Protocol | BufferedProtocol {
    return this.#protocol;
  }

  /** Calls a callback; what fails in it ends the connection. */
  #call(callback: () => unknown): void {
    attempt(callback, (error) => {
      this.#report(error);
      this.#lose(asError(error), "abort");
    });
  }

  #report(error: unknown): void {
    const text = textOf(error);
    const peer = formatAddress(this.#connection.remoteAddr);
    this.#hooks.logger?.error(() => `a callback of the protocol with ${peer} failed: ${text}`, () => ({
      event: "protocol-error",
      peer,
    }));
    attempt(() => this.#hooks.onError?.(error), () => {});
  }

  #check(data: Uint8Array): void {
    if (!(data instanceof Uint8Array)) throw new TypeError(`cannot write ${textOf(data)}: use a Uint8Array`);
    if (this.#writer.hasEnded) throw new Deno.errors.BrokenPipe("cannot write: writeEof() was called before");
  }

  #mayWrite(): boolean {
    if (this.#closing) this.#writeInVain();
    return !this.#closing;
  }

  #push(data: Uint8Array): void {
    this.#writer.push(data);
    this.#judge();
    this.#writer.start();
  }

  #onEof(): void {
    this.#eofReceived = true;
    let keepsOpen = false;
    this.#call(() => {
      const answer = this.#protocol.eofReceived?.();
      keepsOpen = answer === true;
      return answer;
    });
    if (!keepsOpen) this.close();
  }

  #writeInVain(): void {
    if (++this.#vainWrites < VAIN_WRITES) return;
    const peer = formatAddress(this.#connection.remoteAddr);
    this.#hooks.logger?.warn(() => `write() after the connection with ${peer} was closed or lost`, () => ({
      event: "vain-write",
      peer,
    }));
  }

  /** Pauses or resumes the protocol's writing as the buffer's size calls for. */
  #judge(): void {
    if (this.#lost) return;
    const verdict = this.#marks.judge(this.#writer.size);
    if (verdict === "pause") this.#call(() => this.#protocol.pauseWriting?.());
    if (verdict === "resume") this.#call(() => this.#protocol.resumeWriting?.());
  }

  #lose(reason: Error | null, how: "close" | "abort"): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#closing = true;
    this.#writer.stop();
    // Never from within the call, or the callback, that ends it.
    queueMicrotask(() => {
      attempt(() => this.#protocol.connectionLost?.(reason), (thrown) => this.#report(thrown));
      // It fails where the user has closed what is below it.
      attempt(() => this.#connection[how](), () => {});
      this.#hooks.onEnd?.();
    });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(textOf(error), { cause: error });
}
