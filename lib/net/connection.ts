import type { Address } from "../core/address.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";

/**
 * A byte stream to a peer: the seam that every part of Sounder works on. `connect()`, a listener's `accept()`,
 * `fromDenoConn()` and `connectionPair()` make one; over TLS it is a `TlsConnection`, which says what is different there.
 *
 * ```text
 *            ┌── closeWrite() ──▶ write side closed: FIN sent, reading goes on ──┐
 *   open ────┤                                                                   ├── close() or abort() ──▶ closed
 *            └───────────────────────────────────────────────────────────────────┘
 * ```
 *
 * At most one `read()` and one `write()` may be pending at a time. Errors are Deno's: `Interrupted` for what was pending
 * at `close()`, `BadResource` for every read and write after it, `TimedOut` when the peer is gone. A RST of the peer is
 * told once, as `ConnectionReset`, to the write that first meets it or to the read that comes after all that was queued;
 * from then on reads give `null` and writes `BrokenPipe`. After the peer's FIN a RST is told to writes only, as
 * `BrokenPipe`.
 */
export interface Connection extends Disposable {
  /** This end's address. */
  readonly localAddr: Address;
  /** The peer's address. */
  readonly remoteAddr: Address;
  /**
   * The socket options that were asked for, this library's defaults included, and what the kernel made of them: read now,
   * or, once the connection is closed, what was read before, if anything was. Empty where there is no socket.
   */
  readonly socketOptions: readonly SocketOptionReport[];

  /**
   * Reads what has come, at most `p.length` bytes, and waits while nothing has.
   *
   * @returns The number of bytes read into `p`, at least 1 unless `p` is empty; `null` after the peer's FIN.
   */
  read(p: Uint8Array): Promise<number | null>;

  /**
   * Writes the whole of `p`, waiting while the peer does not read. `p` must not change until the promise settles.
   *
   * The first write after the peer has closed may succeed: only the RST in answer to it tells that nobody reads.
   *
   * @throws {Deno.errors.BrokenPipe} after `closeWrite()`, or when the peer is gone.
   */
  write(p: Uint8Array): Promise<void>;

  /** Sends FIN once a pending `write()` is through; reading goes on. A second call does nothing more. */
  closeWrite(): Promise<void>;

  /**
   * Closes both sides at once. What was written goes out, then FIN, and then RST where bytes that came were not read; with
   * the option `linger: 0` it is `abort()`. A second call does nothing.
   */
  close(): void;

  /**
   * Drops what was not sent and ends the connection with RST. Through Deno's own API that cannot be had: without
   * `--allow-ffi`, and on macOS and Windows, it is `close()`, unless the socket was made by this library (see `connect()`).
   */
  abort(): void;
}
