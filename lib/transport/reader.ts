import { ReceiveSize } from "../core/receive_size.ts";
import type { Connection } from "../net/connection.ts";
import type { BufferedProtocol, Protocol } from "./protocol.ts";

/** Whom a {@linkcode Reader} tells, and asks. */
export interface ReaderHooks {
  /** Whether what comes may be delivered now: reading is not paused, and nothing is at its end. */
  mayDeliver(): boolean;
  /** The protocol of this moment. */
  protocol(): Protocol | BufferedProtocol;
  /** Calls a callback; what fails in it ends the connection. */
  call(callback: () => unknown): void;
  /** The peer's FIN is there. */
  onEof(): void;
  /** Reading has failed. */
  onError(error: unknown): void;
}

/** Reads, one read at a time, and delivers; what comes while nothing may be delivered waits. */
export class Reader {
  readonly #connection: Connection;
  readonly #hooks: ReaderHooks;
  /** No more at a time than `pauseReading()` states. */
  readonly #size = new ReceiveSize(64 * 1024);
  /** Not from a pool: a protocol may keep it. */
  #buffer = new Uint8Array(this.#size.bytes);
  /** What came and was not delivered yet: a part of the buffer, or FIN. */
  #received: Uint8Array<ArrayBuffer> | null | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** The reading under way. */
  #reading: Promise<void> | undefined;

  constructor(connection: Connection, hooks: ReaderHooks) {
    this.#connection = connection;
    this.#hooks = hooks;
  }

  /** What reading has failed with, told or not. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Reads on, where something may be delivered. */
  start(): void {
    if (this.#reading || !this.#hooks.mayDeliver()) return;
    this.#reading = this.#readAll();
  }

  /**
   * For whoever reads on in its place: what was read and not delivered, when a read under way is over; `null` for FIN,
   * undefined for nothing.
   *
   * @throws What reading has failed with.
   */
  async rest(): Promise<Uint8Array | null | undefined> {
    await this.#reading;
    if (this.#failure) throw this.#failure.error;
    return this.#received;
  }

  async #readAll(): Promise<void> {
    // Nothing is delivered from within the call that resumes reading.
    await undefined;
    while (this.#hooks.mayDeliver()) {
      if (this.#failure) this.#hooks.onError(this.#failure.error);
      else if (this.#received !== undefined) this.#deliver();
      else await this.#receive();
    }
    this.#reading = undefined;
  }

  async #receive(): Promise<void> {
    try {
      const n = await this.#connection.read(this.#buffer);
      this.#received = n === null ? null : this.#buffer.subarray(0, n);
    } catch (error) {
      this.#failure = { error };
    }
  }

  #deliver(): void {
    const received = this.#received!;
    this.#received = undefined;
    const protocol = this.#hooks.protocol();
    if (received === null) this.#hooks.onEof();
    else if ("getBuffer" in protocol) this.#fill(protocol, received);
    else {
      const data = this.#takeOut(received);
      this.#hooks.call(() => protocol.dataReceived?.(data));
    }
  }

  /** Bytes that are the protocol's to keep: the buffer itself where they fill it well, else a copy. */
  #takeOut(received: Uint8Array<ArrayBuffer>): Uint8Array {
    const givesAway = 2 * received.length >= this.#buffer.length;
    const data = givesAway ? received : received.slice();
    const resized = this.#size.record(received.byteOffset + received.length);
    if (resized || givesAway) this.#buffer = new Uint8Array(this.#size.bytes);
    return data;
  }

  #fill(protocol: BufferedProtocol, received: Uint8Array<ArrayBuffer>): void {
    let target: unknown;
    this.#hooks.call(() => target = protocol.getBuffer(received.length));
    // It may have paused or closed.
    if (!this.#hooks.mayDeliver()) return void (this.#received = received);
    this.#hooks.call(() => {
      if (!(target instanceof Uint8Array && target.length > 0)) {
        throw new TypeError("cannot receive: getBuffer() must give a Uint8Array that is not empty");
      }
      const part = received.subarray(0, target.length);
      target.set(part);
      if (part.length < received.length) this.#received = received.subarray(part.length);
      else if (this.#size.record(received.byteOffset + received.length)) {
        this.#buffer = new Uint8Array(this.#size.bytes);
      }
      return protocol.bufferUpdated(part.length);
    });
  }
}
