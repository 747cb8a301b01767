import type { Address } from "../core/address.ts";
import type { Connection } from "./connection.ts";
import { MemoryLink, type MemoryLinkOptions } from "./memory_link.ts";

/** Options for {@linkcode connectionPair}. */
export interface ConnectionPairOptions {
  /** What happens to bytes from the first end to the second. */
  forth?: MemoryLinkOptions;
  /** What happens to bytes from the second end to the first. */
  back?: MemoryLinkOptions;
}

/**
 * Two ends of a connection in memory that behave as TCP does, with bounded buffers, half-close and reset, and that can
 * misbehave on purpose: cut, delay, truncate, reset. For tests, without a network.
 *
 * @example
 * ```ts
 * import { connectionPair, echo } from "@sounder/tcp";
 *
 * const [client, server] = connectionPair({ forth: { maxChunk: 1 } });
 * const served = echo(server);
 * await client.write(new TextEncoder().encode("hello"));
 * await client.closeWrite();
 * await served;
 * ```
 */
export function connectionPair(options: ConnectionPairOptions = {}): [Connection, Connection] {
  const forth = new MemoryLink(options.forth);
  const back = new MemoryLink(options.back);
  const first = { hostname: "127.0.0.1", port: 1 };
  const second = { hostname: "127.0.0.1", port: 2 };
  // A reset concerns both directions: neither end can send or be heard any more.
  forth.onReset = () => back.reset();
  back.onReset = () => forth.reset();
  return [new MemoryConnection(first, second, back, forth), new MemoryConnection(second, first, forth, back)];
}

class MemoryConnection implements Connection {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  readonly #inbound: MemoryLink;
  readonly #outbound: MemoryLink;
  #writing: Promise<void> = Promise.resolve();
  #writeClosed: Promise<void> | undefined;
  #closed = false;

  constructor(localAddr: Address, remoteAddr: Address, inbound: MemoryLink, outbound: MemoryLink) {
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
    this.#inbound = inbound;
    this.#outbound = outbound;
  }

  async read(p: Uint8Array): Promise<number | null> {
    this.#checkOpen();
    return await this.#inbound.read(p);
  }

  async write(p: Uint8Array): Promise<void> {
    this.#checkOpen();
    if (this.#writeClosed) throw new Deno.errors.BrokenPipe("the write side is closed");
    const writing = this.#outbound.write(p);
    this.#writing = writing.catch(() => {});
    await writing;
  }

  closeWrite(): Promise<void> {
    if (this.#closed) return Promise.reject(new Deno.errors.BadResource("the connection is closed"));
    return this.#writeClosed ??= this.#writing.then(() => this.#outbound.end());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // As TCP does: bytes that came and were not read turn the FIN into a RST (RFC 2525, section 2.17).
    const unread = this.#inbound.detachReader();
    this.#outbound.detachWriter();
    if (unread) this.#outbound.reset();
  }

  abort(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbound.detachReader();
    this.#outbound.detachWriter();
    this.#outbound.reset();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new Deno.errors.BadResource("the connection is closed");
  }
}
