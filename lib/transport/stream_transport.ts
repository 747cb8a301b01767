import { textOf } from "../core/text_of.ts";
import { attempt } from "../core/attempt.ts";
import type { Connection } from "../net/connection.ts";
import { extraInfo } from "./extra_info.ts";
import { checkProtocol } from "./make_protocol.ts";
import type { BufferedProtocol, Protocol } from "./protocol.ts";
import { Reader } from "./reader.ts";
import { TakenOver } from "./taken_over.ts";
import type { ExtraInfo, Transport, WriteBufferLimits } from "./transport.ts";
import { asError, type TransportHooks, Trouble } from "./trouble.ts";
import { limitsOf, WaterMarks } from "./water_marks.ts";
import { Writer } from "./writer.ts";

const NOTHING = new Uint8Array();

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
  /** Another takes its place. */
  #leaving = false;
  /** The one that has taken it. */
  #successor: StreamTransport | undefined;
  readonly #trouble: Trouble;

  constructor(connection: Connection, protocol: Protocol | BufferedProtocol, hooks: TransportHooks) {
    this.#connection = connection;
    this.#protocol = protocol;
    this.#hooks = hooks;
    this.#trouble = new Trouble(hooks, connection);
    this.#reader = new Reader(connection, {
      mayDeliver: () => !this.#closing && !this.#leaving && !this.#readPaused && !this.#eofReceived,
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

  /**
   * Has another transport take this one's place, over a connection that is made of this one's once all that was written is
   * out. Nothing is delivered meanwhile, and nothing can be written here any more.
   *
   * @throws What `begin` throws; `connectionLost()` gets it as well.
   */
  async succeed(begin: (connection: Connection) => Promise<Connection>): Promise<StreamTransport> {
    if (this.#closing || this.#leaving || this.#writer.hasEnded) {
      throw new Deno.errors.BadResource(
        "cannot begin TLS: the transport is closing, or has begun it, or has sent its EOF",
      );
    }
    this.#leaving = true;
    await this.#writer.flush();
    try {
      if (this.#closing) throw new Deno.errors.BadResource("cannot begin TLS: the connection is closed");
      const connection = await begin(new TakenOver(this.#connection, this.#reader.rest()));
      this.#successor = new StreamTransport(connection, this.#protocol, this.#hooks);
    } catch (error) {
      this.#lose(asError(error), "close");
      throw error;
    }
    this.#successor.setWriteBufferLimits(this.#marks.limits);
    // The connection may have been given up while it was made.
    if (this.#closing) this.#successor.#connection.abort();
    else this.#successor.#reader.start();
    return this.#successor;
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
    if (!this.isClosing() && !this.#writer.hasEnded) this.#writer.end();
  }

  canWriteEof(): boolean {
    return true;
  }

  close(): void {
    if (this.#successor) return this.#successor.close();
    if (this.#closing) return;
    this.#closing = true;
    if (this.#writer.isIdle) this.#lose(null, "close");
  }

  abort(): void {
    if (this.#successor) return this.#successor.abort();
    this.#lose(null, "abort");
  }

  isClosing(): boolean {
    return this.#closing || this.#leaving;
  }

  pauseReading(): void {
    if (!this.#closing) this.#readPaused = true;
  }

  resumeReading(): void {
    if (this.isClosing() || !this.#readPaused) return;
    this.#readPaused = false;
    this.#reader.start();
  }

  isReading(): boolean {
    return !this.isClosing() && !this.#readPaused;
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
      this.#trouble.report(error);
      this.#lose(asError(error), "abort");
    });
  }

  #check(data: Uint8Array): void {
    if (!(data instanceof Uint8Array)) throw new TypeError(`cannot write ${textOf(data)}: use a Uint8Array`);
    if (this.#writer.hasEnded) throw new Deno.errors.BrokenPipe("cannot write: writeEof() was called before");
    if (this.#leaving) throw new Deno.errors.BadResource("cannot write in plain: TLS has begun on this transport");
  }

  #mayWrite(): boolean {
    if (this.#closing) this.#trouble.writeInVain();
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
      attempt(() => this.#protocol.connectionLost?.(reason), (thrown) => this.#trouble.report(thrown));
      // It fails where the user has closed what is below it.
      attempt(() => this.#connection[how](), () => {});
      this.#hooks.onEnd?.();
    });
  }
}
