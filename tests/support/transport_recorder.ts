/**
 * Protocols that write down what they are told, and what of it breaks the contract.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { BufferedProtocol, Protocol } from "../../lib/transport/protocol.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { concat } from "./bytes.ts";

/** What a test does in the callbacks, once they are written down; an async one, too. */
export interface Hooks {
  connectionMade?(transport: Transport): unknown;
  dataReceived?(data: Uint8Array): unknown;
  getBuffer?(sizeHint: number): unknown;
  bufferUpdated?(bytes: number): unknown;
  eofReceived?(): unknown;
  pauseWriting?(): unknown;
  resumeWriting?(): unknown;
  connectionLost?(error: Error | null): unknown;
}

/** A test that waits so long has failed. */
const PATIENCE = 10_000;

/** Lets everything that is ready happen: so many turns of the event loop, and from five on a timer. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => void setImmediate(resolve));
  if (count >= 5) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** What both kinds of protocol have in common. */
abstract class AnyRecorder {
  /** `made`, `data` (once for what comes in a row), `eof`, `pause`, `resume`, `lost`. */
  readonly events: string[] = [];
  /** What broke the contract. */
  readonly violations: string[] = [];
  /** What came. */
  readonly pieces: Uint8Array[] = [];
  /** What `connectionLost()` was given. */
  error: Error | null | undefined;
  transport!: Transport;
  protected readonly hooks: Hooks;
  #waiting: (() => void)[] = [];

  constructor(hooks: Hooks = {}) {
    this.hooks = hooks;
  }

  /** All that came, as one. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return concat(this.pieces);
  }

  get length(): number {
    return this.pieces.reduce((sum, { length }) => sum + length, 0);
  }

  has(event: string): boolean {
    return this.events.includes(event);
  }

  connectionMade(transport: Transport): unknown {
    this.transport = transport;
    this.#note("made");
    return this.hooks.connectionMade?.(transport);
  }

  eofReceived(): boolean | void {
    if (this.has("eof")) this.violations.push("a second EOF");
    this.#note("eof");
    return this.hooks.eofReceived?.() as boolean | void;
  }

  pauseWriting(): unknown {
    if (this.#paused()) this.violations.push("paused twice");
    this.#note("pause");
    return this.hooks.pauseWriting?.();
  }

  resumeWriting(): unknown {
    if (!this.#paused()) this.violations.push("resumed, and not paused");
    this.#note("resume");
    return this.hooks.resumeWriting?.();
  }

  connectionLost(error: Error | null): unknown {
    this.error = error;
    this.#note("lost");
    return this.hooks.connectionLost?.(error);
  }

  /** Waits until something is so, which only a callback makes so. */
  async until(condition: () => boolean): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const seen = () => reject(new Error(`never came: ${condition}; there were ${this.events.join(", ")}`));
      timer = setTimeout(seen, PATIENCE);
    });
    try {
      while (!condition()) {
        await Promise.race([late, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
      }
    } finally {
      clearTimeout(timer);
      late.catch(() => {});
    }
  }

  /** Waits for the end, and lets come what must not come after it. */
  async ended(): Promise<Error | null> {
    await this.until(() => this.has("lost"));
    await turns(2);
    return this.error!;
  }

  protected received(data: Uint8Array): void {
    if (data.length === 0) this.violations.push("no bytes");
    if (this.has("eof")) this.violations.push("data after EOF");
    if (this.transport.isClosing()) this.violations.push("data while closing");
    else if (!this.transport.isReading()) this.violations.push("data while paused");
    this.pieces.push(data);
    this.#note("data");
  }

  #paused(): boolean {
    return this.events.findLast((event) => event === "pause" || event === "resume") === "pause";
  }

  #note(event: string): void {
    if ((this.events.length === 0) !== (event === "made")) this.violations.push(`${event} out of order`);
    if (this.has("lost")) this.violations.push(`${event} after the end`);
    if (event !== "data" || this.events.at(-1) !== "data") this.events.push(event);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** A {@linkcode Protocol} that records. */
export class Recorder extends AnyRecorder implements Protocol {
  dataReceived(data: Uint8Array): unknown {
    this.received(data);
    return this.hooks.dataReceived?.(data);
  }
}

/** A {@linkcode BufferedProtocol} that records, with a buffer of so many bytes, the same each time. */
export class BufferedRecorder extends AnyRecorder implements BufferedProtocol {
  /** Hints given, in order. */
  readonly hints: number[] = [];
  readonly #buffer: Uint8Array;

  constructor(size: number, hooks: Hooks = {}) {
    super(hooks);
    this.#buffer = new Uint8Array(size);
  }

  getBuffer(sizeHint: number): Uint8Array {
    this.hints.push(sizeHint);
    if (!(sizeHint >= 1)) this.violations.push(`a hint of ${sizeHint}`);
    if (this.has("lost")) this.violations.push("getBuffer() after the end");
    return (this.hooks.getBuffer ? this.hooks.getBuffer(sizeHint) : this.#buffer) as Uint8Array;
  }

  bufferUpdated(bytes: number): unknown {
    this.received(this.#buffer.slice(0, bytes));
    return this.hooks.bufferUpdated?.(bytes);
  }
}
