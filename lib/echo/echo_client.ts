import type { Connection } from "../net/connection.ts";
import type { TlsInfo } from "../net/tls_options.ts";

/** Options for {@linkcode EchoClient.exchange}. */
export interface ExchangeOptions {
  /** Milliseconds without a byte while echoes are owed, after which it gives up. Without it, never. */
  timeout?: number;
  /** Gives up, with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Whether what comes back is compared with what was sent, or only counted.
   *
   * @default {true}
   */
  verify?: boolean;
}

/** Options for {@linkcode EchoClient.stream}. */
export interface EchoStreamOptions extends ExchangeOptions {
  /**
   * Bytes sent at most whose echo has not come; they are kept to be compared with it. At the limit sending pauses.
   *
   * @default {67108864}
   */
  window?: number;
}

/**
 * A client that proves that every byte came back. One exchange or stream runs at a time: a second one rejects with
 * `Deno.errors.Busy`. One that fails closes the connection, as disposing does; later ones reject with
 * `Deno.errors.BadResource`.
 */
export interface EchoClient extends Disposable {
  /** The connection it works on. */
  readonly connection: Connection;
  /** What its TLS handshake came to; undefined where it is plain TCP. */
  readonly tls: TlsInfo | undefined;
  /** Bytes sent since the start. */
  readonly bytesSent: number;
  /** Bytes since the start that came back and were right. */
  readonly bytesReceived: number;

  /**
   * Sends the messages one after the other and reads their echoes at the same time.
   *
   * @param messages Text is sent as UTF-8; nothing is added to it.
   * @returns The echoes, cut at the message boundaries.
   * @throws {TypeError} if a message is neither text nor bytes; nothing is sent then.
   * @throws {EchoMismatchError} if a byte came back wrong, or one that nobody sent.
   * @throws {EchoIncompleteError} if the peer closed, reset or fell silent before all had come.
   */
  exchange(messages: Iterable<string | Uint8Array>, options?: ExchangeOptions): Promise<Uint8Array[]>;

  /**
   * Sends a stream of any length and writes its echo to another, both at once, at constant memory. At the end of the
   * input it sends FIN, waits for the rest of the echo and the peer's FIN, and closes the connection and `writable`. On
   * failure it cancels `readable` and aborts `writable`; an error of theirs is passed on as it is.
   *
   * @throws {EchoMismatchError} if a byte came back wrong, or one that nobody sent.
   * @throws {EchoIncompleteError} if the peer closed, reset or fell silent before all had come.
   */
  stream(
    readable: ReadableStream<Uint8Array>,
    writable: WritableStream<Uint8Array>,
    options?: EchoStreamOptions,
  ): Promise<void>;

  /**
   * Sends FIN, waits for the peer's, and closes. A second call does nothing.
   *
   * @throws {EchoMismatchError} if bytes come that nobody sent.
   * @throws {EchoIncompleteError} if no FIN comes in time.
   */
  close(options?: Omit<ExchangeOptions, "verify">): Promise<void>;
}
