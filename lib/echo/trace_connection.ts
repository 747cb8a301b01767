import { formatAddress } from "../core/address.ts";
import { escapeBytes } from "../core/escape_bytes.ts";
import type { Logger } from "../core/logger.ts";
import type { Connection } from "../net/connection.ts";
import { WrappedConnection } from "../net/wrapped_connection.ts";

/** Bytes of each read and write that the debug log shows. */
export const TRACED_BYTES = 64;

/**
 * The same connection, with each read, write and close told to the debug log as the recipes tell it, bytes escaped and
 * cut at {@linkcode TRACED_BYTES}. With debug messages off it is the connection itself, and costs nothing.
 */
export function traceConnection(connection: Connection, logger: Logger | undefined): Connection {
  return logger && logger.debugEnabled !== false ? new TracedConnection(connection, logger) : connection;
}

class TracedConnection extends WrappedConnection {
  readonly #logger: Logger;
  readonly #peer: string;
  #writeClosed = false;
  #closed = false;

  constructor(inner: Connection, logger: Logger) {
    super(inner);
    this.#logger = logger;
    this.#peer = formatAddress(inner.remoteAddr);
  }

  override async read(p: Uint8Array): Promise<number | null> {
    const n = await this.inner.read(p);
    if (n === null) this.#log("eof", "no more data from");
    else this.#logBytes("recv", "from", p.subarray(0, n));
    return n;
  }

  override async write(p: Uint8Array): Promise<void> {
    await this.inner.write(p);
    this.#logBytes("sent", "to", p);
  }

  override async closeWrite(): Promise<void> {
    await this.inner.closeWrite();
    if (!this.#writeClosed) this.#log("fin", "closed the write side to");
    this.#writeClosed = true;
  }

  override close(): void {
    this.#end("close", () => this.inner.close());
  }

  override abort(): void {
    this.#end("abort", () => this.inner.abort());
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
