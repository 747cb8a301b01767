import type { Address } from "../core/address.ts";
import type { Connection } from "./connection.ts";

/**
 * Makes a {@linkcode Connection} of a connection that Deno made. From then on the connection belongs to it: use the
 * original no more.
 *
 * `abort()` closes it: Deno itself sends RST only when bytes that came were not read.
 *
 * @example
 * ```ts
 * import { echo, fromDenoConn } from "@sounder/tcp";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * using connection = fromDenoConn(await listener.accept());
 * await client.closeWrite();
 * await echo(connection);
 * client.close();
 * ```
 */
export function fromDenoConn(conn: Deno.TcpConn): Connection {
  return new DenoConnection(conn);
}

class DenoConnection implements Connection {
  readonly #conn: Deno.TcpConn;
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  #closed = false;
  /** The write under way. */
  #writing: Promise<void> | undefined;
  #writeClosed: Promise<void> | undefined;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.localAddr = { hostname: conn.localAddr.hostname, port: conn.localAddr.port };
    this.remoteAddr = { hostname: conn.remoteAddr.hostname, port: conn.remoteAddr.port };
  }

  read(p: Uint8Array): Promise<number | null> {
    return this.#conn.read(p);
  }

  write(p: Uint8Array): Promise<void> {
    return this.#writing = this.#writeAll(p);
  }

  closeWrite(): Promise<void> {
    if (this.#closed) return this.#conn.closeWrite();
    // Remembered, because a second shutdown(2) after the peer's FIN reports ENOTCONN.
    return this.#writeClosed ??= this.#writing ? this.#closeWriteAfter(this.#writing) : this.#conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  abort(): void {
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #writeAll(p: Uint8Array): Promise<void> {
    try {
      let written = await this.#conn.write(p);
      while (written < p.length) written += await this.#conn.write(p.subarray(written));
    } finally {
      this.#writing = undefined;
    }
  }

  /** Deno itself would send the FIN between two parts of a long write. */
  async #closeWriteAfter(writing: Promise<void>): Promise<void> {
    await writing.catch(() => {});
    if (this.#closed) throw new Deno.errors.Interrupted("the connection was closed before its write side");
    await this.#conn.closeWrite();
  }
}
