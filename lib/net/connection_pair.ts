import type { Address } from "../core/address.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
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
 * misbehave on purpose: cut, delay, truncate, reset. For tests, without a network. Unlike that of `connect()`, its
 * `abort()` sends no FIN before the RST.
 *
 * @throws {RangeError} if a number is out of range.
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
  if (options.forth?.resetAfter === 0 || options.back?.resetAfter === 0) forth.reset();
  return [new MemoryConnection(first, second, back, forth), new MemoryConnection(second, first, forth, back)];
}

class MemoryConnection implements Connection {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  readonly socketOptions: readonly SocketOptionReport[] = [];
  readonly #inbound: MemoryLink;
  readonly #outbound: MemoryLink;
  /** The write under way. */
  #writing: Promise<void> | undefined;
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
    try {
      await (this.#writing = this.#outbound.write(p));
    } catch (error) {
      // A socket tells a reset once: to this write, unless a read has heard of it already.
      throw error instanceof Deno.errors.BrokenPipe ? this.#inbound.takeReset() ?? error : error;
    } finally {
      this.#writing = undefined;
    }
  }

  async closeWrite(): Promise<void> {
    this.#checkOpen();
    await (this.#writeClosed ??= this.#endOutbound());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Bytes that came and were not read cause a RST (RFC 2525, section 2.17), which Deno lets a FIN precede.
    const unread = this.#inbound.detachReader();
    this.#outbound.detachWriter();
    if (unread) this.#outbound.reset();
  }

  abort(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#outbound.reset();
    this.#inbound.detachReader();
    this.#outbound.detachWriter();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #endOutbound(): Promise<void> {
    if (this.#writing) await this.#writing.catch(() => {});
    if (this.#closed) throw new Deno.errors.Interrupted("the connection was closed before its write side");
    this.#outbound.end();
  }

  #checkOpen(): void {
    if (this.#closed) throw new Deno.errors.BadResource("the connection is closed");
  }
}
