import type { Transport } from "./transport.ts";

/**
 * What a connection does, as callbacks: asyncio's `Protocol`. All are optional.
 *
 * ```text
 *                      ┌────────────── dataReceived()* ─────────────┐
 *   connectionMade() ──┤                                            ├── connectionLost(error | null)
 *                      ├── pauseWriting() ⇄ resumeWriting(), paired ┤
 *                      └── eofReceived() at most once, then no data ┘
 * ```
 *
 * - `connectionMade()` comes first, once; `connectionLost()` last, once, and after it nothing: also where the connection
 *   is aborted in a callback, or where a callback throws.
 * - The next callback comes when the one before has returned, but for `pauseWriting()` and `resumeWriting()`, which come from
 *   within the `write()` or `setWriteBufferLimits()` that calls for them. A promise that one returns is not waited for.
 * - `pauseWriting()` comes when the write buffer is strictly over the high-water mark, `resumeWriting()` when it is at the
 *   low one or below; in turn, the first of them first. A connection may be lost while paused.
 * - `eofReceived()` that keeps writing open leaves closing to you: `close()`, also after `writeEof()`.
 * - A callback that throws, or returns a promise that rejects, aborts its connection: `connectionLost()` gets the error,
 *   and so does `onError`. An exception in `connectionLost()` goes to `onError` alone.
 */
export interface Protocol {
  /**
   * The connection stands.
   *
   * @param transport To write to and to close: keep it.
   */
  connectionMade?(transport: Transport): void;
  /**
   * Bytes came.
   *
   * @param data At least one byte; yours to keep.
   */
  dataReceived?(data: Uint8Array): void;
  /**
   * The peer sent FIN: no more data comes.
   *
   * @returns `true` to go on writing (half-close); anything else closes the transport when all is written.
   */
  eofReceived?(): boolean | void;
  /** The write buffer is over the high-water mark: better write no more for now. */
  pauseWriting?(): void;
  /** The write buffer is at the low-water mark or below: write on. */
  resumeWriting?(): void;
  /**
   * The connection is over.
   *
   * @param error Why: `null` after `close()` or `abort()`; else what the system, or a callback of yours, threw.
   */
  connectionLost?(error: Error | null): void;
}

/**
 * A protocol that brings its own buffer, so that none is allocated for what comes: asyncio's `BufferedProtocol`. In
 * place of `dataReceived()`:
 *
 * ```text
 *   getBuffer(sizeHint) ── filled from its start ──▶ bufferUpdated(bytes)
 * ```
 */
export interface BufferedProtocol extends Omit<Protocol, "dataReceived"> {
  /**
   * Gives the buffer for what has come.
   *
   * @param sizeHint Bytes that are there to be taken; a shorter buffer is filled, and asked for again for the rest.
   * @returns At least one byte long: an empty one aborts the connection.
   */
  getBuffer(sizeHint: number): Uint8Array;
  /**
   * The buffer was filled.
   *
   * @param bytes How many, from its start: at least 1.
   */
  bufferUpdated(bytes: number): void;
}
