import type { Address } from "../core/address.ts";
import type { TlsInfo } from "../net/tls_options.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import type { TcpInfo } from "../socket/tcp_info.ts";
import type { BufferedProtocol, Protocol } from "./protocol.ts";

/** Bytes of the write buffer at which writing is paused and resumed. */
export interface WriteBufferLimits {
  /** `pauseWriting()` is called when the buffer holds strictly more. */
  readonly high: number;
  /** `resumeWriting()` is called when it holds this much or less. */
  readonly low: number;
}

/** What a transport knows of its connection. */
export interface ExtraInfo {
  /** The peer's address. */
  readonly peername: Address;
  /** This end's address. */
  readonly sockname: Address;
  /** The socket options that were asked for, and what the kernel made of them. */
  readonly socketOptions: readonly SocketOptionReport[];
  /** What the kernel knows of the connection, now; undefined without `--allow-ffi`, after its end, and in memory. */
  readonly tcpInfo: TcpInfo | undefined;
  /** What TLS has agreed on: asyncio's `cipher` and `peercert`; undefined without TLS. */
  readonly tls: TlsInfo | undefined;
  /** Deno's own connection, where there is one and no TLS over it: reading from it or closing it is at your own risk. */
  readonly conn: Deno.TcpConn | undefined;
}

/**
 * The connection as its protocol sees it: asyncio's `Transport`. No call waits: what is written is buffered, and what
 * happens comes as a callback of the {@linkcode Protocol}.
 *
 * ```text
 *   open ── close() ──▶ closing: no more data comes, what is buffered goes out ──┐
 *     │                        │                                                 ├──▶ connectionLost()
 *     └───── abort(), or an error, or a callback that throws ────────────────────┘
 * ```
 */
export interface Transport {
  /**
   * Buffers bytes to be sent, a copy of them: `data` may be used again at once. What is written in one turn goes out in one
   * system call where it is small. Never waits; obey `pauseWriting()`, or the buffer grows. After `close()`, or once the
   * connection is lost, it does nothing; the fifth time and from then on it warns in the log.
   *
   * @throws {TypeError} if `data` is no `Uint8Array`.
   * @throws {Deno.errors.BrokenPipe} after `writeEof()`.
   */
  write(data: Uint8Array): void;
  /**
   * Writes several pieces, as one.
   *
   * @throws As `write()`.
   */
  writeLines(list: Iterable<Uint8Array>): void;
  /** Sends FIN when all that was written is out; reading goes on. A second call does nothing. */
  writeEof(): void;
  /** Whether `writeEof()` can be had: with TCP, and over TLS, always. */
  canWriteEof(): boolean;
  /**
   * Closes: no more data is received, what is buffered goes out, then `connectionLost(null)` comes. There is no time limit:
   * a peer that never reads puts that off until `abort()`, and so does one that closes as well with more to send than fits. A second call does nothing.
   */
  close(): void;
  /**
   * Ends the connection at once, with what is buffered dropped, also what was written in this turn: by RST where the platform allows it (Linux, with
   * `--allow-ffi`), else as if closed. `connectionLost(null)` comes.
   */
  abort(): void;
  /** Whether it is closing, or closed. */
  isClosing(): boolean;

  /**
   * Calls no callback for what comes until reading is resumed; the peer is held up, after what one read takes, 64 KiB at
   * most. A peer that is gone is not noticed meanwhile, unless something is written. And it alone does not keep the process
   * running.
   */
  pauseReading(): void;
  /** Takes back `pauseReading()`. */
  resumeReading(): void;
  /** Whether data is being received: not paused, not closing. */
  isReading(): boolean;

  /**
   * Sets the marks of the write buffer.
   *
   * @param limits Bytes. Without `high`: four times `low`, or 65536 without that either. Without `low`: a quarter of
   * `high`. `high: 0` pauses whenever something is buffered at all.
   * @throws {RangeError} unless `high >= low >= 0`.
   */
  setWriteBufferLimits(limits?: Partial<WriteBufferLimits>): void;
  /** The marks of the write buffer. */
  getWriteBufferLimits(): WriteBufferLimits;
  /** Bytes that are written and not taken by the system yet. */
  getWriteBufferSize(): number;

  /**
   * What is known of the connection.
   *
   * @throws {TypeError} if there is nothing of that name.
   */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];

  /**
   * Has another protocol called from now on: for a change of protocol in the middle of a connection. Neither
   * `connectionMade()` nor `connectionLost()` is called for it; what one paused, the other may resume.
   *
   * @throws {TypeError} if it is no protocol.
   */
  setProtocol(protocol: Protocol | BufferedProtocol): void;
  /** The protocol that is called. */
  getProtocol(): Protocol | BufferedProtocol;
}
