import type { Logger } from "../core/logger.ts";
import { connect, type ConnectOptions } from "../net/connect.ts";
import type { Connection } from "../net/connection.ts";
import type { TlsConnection } from "../net/tls_connection.ts";
import type { EchoClient, EchoStreamOptions, ExchangeOptions } from "./echo_client.ts";
import { EchoFlow, type EchoFlowOptions, type EchoSource } from "./echo_flow.ts";
import { traceConnection } from "./trace_connection.ts";

/** Options for {@linkcode connectEcho}. */
export interface ConnectEchoOptions extends ConnectOptions {
  /** Where each read, write and close is logged, at debug. */
  logger?: Logger;
  /**
   * Called once, right before the client closes its connection: the last chance to ask for its `tcpInfo()`. Must not
   * throw.
   */
  beforeClose?: (connection: Connection) => void;
}

/**
 * Connects to an echo server.
 *
 * @throws {ConnectError} if the connection could not be made; `kind` says why.
 *
 * @example
 * ```ts
 * import { connectEcho, serve } from "@sounder/tcp";
 *
 * await using server = serve({ port: 0 });
 * using client = await connectEcho({ ...server.addr, connectTimeout: 3500 });
 * const [echo] = await client.exchange(["data1\n"], { timeout: 5500 });
 * console.log(new TextDecoder().decode(echo)); // data1
 * await client.close();
 * ```
 */
export async function connectEcho(options: ConnectEchoOptions): Promise<EchoClient> {
  const connection = await connect(options);
  const traced = traceConnection(connection, options.logger);
  return new Client(traced, { tls: tlsOf(connection), beforeClose: options.beforeClose });
}

/**
 * Makes a client of a connection of any kind, which belongs to it from then on.
 *
 * @example
 * ```ts
 * import { connectionPair, createEchoClient, echo } from "@sounder/tcp";
 *
 * const [near, far] = connectionPair();
 * const served = echo(far);
 * using client = createEchoClient(near);
 * await client.exchange(["hello"]);
 * await client.close();
 * await served;
 * ```
 */
export function createEchoClient(connection: Connection): EchoClient {
  return new Client(connection, { tls: tlsOf(connection) });
}

function tlsOf(connection: Connection): EchoClient["tls"] {
  return (connection as Partial<TlsConnection>).tls;
}

/** 64 MiB: more than a path of 10 Gbit/s and 50 ms holds. */
const DEFAULT_WINDOW = 64 * 1024 * 1024;

class Client implements EchoClient {
  readonly connection: Connection;
  readonly tls: EchoClient["tls"];
  readonly #beforeClose: ConnectEchoOptions["beforeClose"];
  #past = { sent: 0, echoed: 0 };
  #flow: EchoFlow | undefined;
  #closed = false;

  constructor(
    connection: Connection,
    { tls, beforeClose }: Pick<EchoClient, "tls"> & Pick<ConnectEchoOptions, "beforeClose">,
  ) {
    this.connection = connection;
    this.tls = tls;
    this.#beforeClose = beforeClose;
  }

  get bytesSent(): number {
    return this.#past.sent + (this.#flow?.sent ?? 0);
  }

  get bytesReceived(): number {
    return this.#past.echoed + (this.#flow?.echoed ?? 0);
  }

  async exchange(messages: Iterable<string | Uint8Array>, options: ExchangeOptions = {}): Promise<Uint8Array[]> {
    const sent = Array.from(messages, bytesOf);
    const echoes = sent.map((message) => new Uint8Array(message.length));
    const total = sent.reduce((sum, message) => sum + message.length, 0);
    // Picked one by one: an options object may bring a stream's window along.
    const { timeout, signal, verify } = options;
    await this.#run(arraySource(sent), scatterInto(echoes), { timeout, signal, verify, total });
    return echoes;
  }

  async stream(
    readable: ReadableStream<Uint8Array>,
    writable: WritableStream<Uint8Array>,
    options: EchoStreamOptions = {},
  ): Promise<void> {
    const { window = DEFAULT_WINDOW } = options;
    if (!(Number.isInteger(window) || window === Infinity) || window < 1) {
      throw new RangeError(`cannot send with a window of ${window} bytes: use a whole number from 1`);
    }
    // Before the streams are locked: a call that was wrong leaves them as they were.
    this.#checkFree(options);
    if (readable.locked) throw new TypeError("cannot send a stream: another reader has locked it");
    const writer = writable.getWriter();
    const source = streamSource(readable);
    try {
      // The stream may keep what it is given, and the buffer is read into again: it gets a copy.
      await this.#run(source, (bytes) => writer.write(bytes.slice()), { ...options, window });
      this[Symbol.dispose]();
      await writer.close();
    } catch (error) {
      // Not awaited: a sink that is stuck cannot be told. Nor does it change what went wrong.
      writer.abort(error).catch(() => {});
      throw error;
    }
  }

  async close(options: Omit<ExchangeOptions, "verify"> = {}): Promise<void> {
    if (this.#closed) return;
    const { timeout, signal } = options;
    await this.#run(arraySource([]), () => {}, { timeout, signal, offset: this.bytesReceived });
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#end("close");
  }

  #end(how: "close" | "abort"): void {
    if (!this.#closed) this.#beforeClose?.(this.connection);
    this.#closed = true;
    this.connection[how]();
  }

  async #run(source: EchoSource, sink: (bytes: Uint8Array) => void | Promise<void>, options: EchoFlowOptions) {
    this.#checkFree(options);
    const flow = this.#flow = new EchoFlow(this.connection, source, sink, {
      ...options,
      abort: () => this.#end("abort"),
    });
    try {
      await flow.run();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    } finally {
      this.#past = { sent: this.bytesSent, echoed: this.bytesReceived };
      this.#flow = undefined;
    }
  }

  #checkFree({ timeout }: ExchangeOptions): void {
    if (this.#closed) throw new Deno.errors.BadResource("cannot send: the client is closed");
    if (this.#flow) throw new Deno.errors.Busy("cannot send: another exchange or stream is running, await it first");
    if (timeout !== undefined && !(timeout > 0)) {
      throw new RangeError(`cannot wait ${timeout} ms for an echo: timeout must be more than 0`);
    }
  }
}

const encoder = new TextEncoder();

/** A message's bytes. What is neither text nor bytes would go out as nothing, and count as proven. */
function bytesOf(message: string | Uint8Array, index: number): Uint8Array {
  if (typeof message === "string") return encoder.encode(message);
  if (message instanceof Uint8Array) return message;
  throw new TypeError(`cannot send message ${index}: it must be a string or a Uint8Array`);
}

function arraySource(pieces: Uint8Array[]): EchoSource {
  let next = 0;
  return { next: () => pieces[next++] ?? null, cancel: () => {} };
}

function streamSource(readable: ReadableStream<Uint8Array>): EchoSource {
  const reader = readable.getReader();
  return {
    next: async () => (await reader.read()).value ?? null,
    // What the input says to being cancelled does not change what went wrong.
    cancel: (reason) => void reader.cancel(reason).catch(() => {}),
  };
}

/** Fills the targets one after the other. */
function scatterInto(targets: Uint8Array[]): (bytes: Uint8Array) => void {
  let target = 0;
  let filled = 0;
  return (bytes) => {
    while (bytes.length > 0) {
      const part = bytes.subarray(0, targets[target].length - filled);
      targets[target].set(part, filled);
      filled += part.length;
      bytes = bytes.subarray(part.length);
      if (filled === targets[target].length) [target, filled] = [target + 1, 0];
    }
  };
}
