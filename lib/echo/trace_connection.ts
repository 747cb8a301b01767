import { formatAddress } from "../core/address.ts";
import { escapeBytes } from "../core/escape_bytes.ts";
import type { Logger } from "../core/logger.ts";
import type { Connection } from "../net/connection.ts";
import { DESCRIPTOR, descriptorOf, type HasDescriptor, OPTIONS_SET } from "../socket/socket_target.ts";

/** Bytes of each read and write that the debug log shows. */
export const TRACED_BYTES = 64;

/**
 * The same connection, with each read, write and close told to the debug log as the recipes tell it, bytes escaped and
 * cut at {@linkcode TRACED_BYTES}. With debug messages off it is the connection itself, and costs nothing.
 */
export function traceConnection(connection: Connection, logger: Logger | undefined): Connection {
  return logger && logger.debugEnabled !== false ? new TracedConnection(connection, logger) : connection;
}

class TracedConnection implements Connection, HasDescriptor {
  readonly #inner: Connection;
  readonly #logger: Logger;
  readonly #peer: string;
  #writeClosed = false;
  #closed = false;

  constructor(inner: Connection, logger: Logger) {
    this.#inner = inner;
    this.#logger = logger;
    this.#peer = formatAddress(inner.remoteAddr);
  }

  get localAddr(): Connection["localAddr"] {
    return this.#inner.localAddr;
  }

  get remoteAddr(): Connection["remoteAddr"] {
    return this.#inner.remoteAddr;
  }

  get socketOptions(): Connection["socketOptions"] {
    return this.#inner.socketOptions;
  }

  [DESCRIPTOR](): number | undefined {
    return descriptorOf(this.#inner);
  }

  [OPTIONS_SET](...changed: Parameters<HasDescriptor[typeof OPTIONS_SET]>): void {
    (this.#inner as Partial<HasDescriptor>)[OPTIONS_SET]?.(...changed);
  }

  async read(p: Uint8Array): Promise<number | null> {
    const n = await this.#inner.read(p);
    if (n === null) this.#log("eof", "no more data from");
    else this.#logBytes("recv", "from", p.subarray(0, n));
    return n;
  }

  async write(p: Uint8Array): Promise<void> {
    await this.#inner.write(p);
    this.#logBytes("sent", "to", p);
  }

  async closeWrite(): Promise<void> {
    await this.#inner.closeWrite();
    if (!this.#writeClosed) this.#log("fin", "closed the write side to");
    this.#writeClosed = true;
  }

  close(): void {
    this.#end("close", () => this.#inner.close());
  }

  abort(): void {
    this.#end("abort", () => this.#inner.abort());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(event: string, end: () => void): void {
    end();
    if (!this.#closed) this.#log(event, event);
    this.#closed = true;
  }

  #log(event: string, text: string): void {
    this.#logger.debug(() => `${text} ${this.#peer}`, () => ({ event, peer: this.#peer }));
  }

  #logBytes(event: string, direction: string, bytes: Uint8Array): void {
    const data = () => escapeBytes(bytes, TRACED_BYTES);
    this.#logger.debug(
      () => `${event} ${bytes.length} bytes ${direction} ${this.#peer}: ${data()}`,
      () => ({ event, peer: this.#peer, bytes: bytes.length, data: data() }),
    );
  }
}
