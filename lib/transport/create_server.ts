import { textOf } from "../core/text_of.ts";
import { attempt } from "../core/attempt.ts";
import { type Address, formatAddress } from "../core/address.ts";
import type { Logger } from "../core/logger.ts";
import { acceptLoop } from "../net/accept_loop.ts";
import type { Connection } from "../net/connection.ts";
import { listen, type Listener, type ListenOptions } from "../net/listen.ts";
import type { TlsAcceptor } from "../net/tls_acceptor.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { guarded, makeTransport, type TransportOptions } from "./create_transport.ts";
import { makeProtocol } from "./make_protocol.ts";
import type { BufferedProtocol, Protocol } from "./protocol.ts";
import type { Transport } from "./transport.ts";

/** Options for {@linkcode createServer}. */
export interface CreateServerOptions extends ListenOptions, TransportOptions {
  /**
   * Does a TLS handshake on each connection, as {@linkcode tlsAcceptor} makes it; the protocol is made when it is done.
   * One that fails is logged, at info, and nobody else is told: any peer can make one fail.
   */
  tls?: TlsAcceptor;
  /**
   * Told of what a callback of a protocol, or the factory, throws, and of trouble with accepting, such as a shortage of
   * descriptors.
   */
  onError?: (error: unknown) => void;
}

/**
 * A server of protocols: asyncio's `Server`. Disposing closes it and its connections, each when what it wrote is out, and
 * waits for the end: a peer that does not read puts that off, unless `abortClients()` is called.
 */
export interface ProtocolServer extends AsyncDisposable {
  /** The addresses bound. */
  readonly addresses: readonly Address[];
  /** The socket options that were asked for, and what the kernel made of them on the listener. */
  readonly socketOptions: readonly SocketOptionReport[];
  /** The transports of the connections that are open, in the order in which they were made. */
  readonly transports: readonly Transport[];
  /** Whether it listens. */
  isServing(): boolean;
  /** Stops listening; connections that are open go on. A second call does nothing. */
  close(): void;
  /** Closes the connections that are open, as `Transport.close()` does. */
  closeClients(): void;
  /** Ends the connections that are open at once, as `Transport.abort()` does. */
  abortClients(): void;
  /** Resolves when it listens no more and the last connection is over. Never rejects. */
  waitClosed(): Promise<void>;
}

/**
 * Listens, and has a protocol of its own called for each connection: asyncio's `create_server()`. It listens when the call
 * returns.
 *
 * @param factory Makes the protocol of a connection; where it throws, that connection is aborted.
 * @throws What {@linkcode listen} throws.
 *
 * @example
 * ```ts
 * import { connectEcho, createServer, type Transport } from "@sounder/tcp";
 *
 * await using server = createServer(() => {
 *   let transport: Transport;
 *   return {
 *     connectionMade: (made) => void (transport = made),
 *     dataReceived: (data) => transport.write(data),
 *   };
 * }, { hostname: "127.0.0.1", port: 0 });
 * using client = await connectEcho(server.addresses[0]);
 * await client.exchange(["hello"]);
 * ```
 *
 * @example A chat, line by line
 * ```ts
 * import { connect, type Connection, createServer, type Protocol, type Transport } from "@sounder/tcp";
 *
 * const people = new Set<Chatter>();
 *
 * class Chatter implements Protocol {
 *   #transport!: Transport;
 *   #line = "";
 *   readonly #decoder = new TextDecoder();
 *
 *   connectionMade(transport: Transport) {
 *     this.#transport = transport;
 *     people.add(this);
 *   }
 *   dataReceived(data: Uint8Array) {
 *     const lines = (this.#line + this.#decoder.decode(data, { stream: true })).split("\n");
 *     this.#line = lines.pop()!.slice(0, 1000);
 *     const { port } = this.#transport.getExtraInfo("peername");
 *     for (const line of lines) for (const other of people) if (other !== this) other.tell(`${port}: ${line}\n`);
 *   }
 *   connectionLost() {
 *     people.delete(this);
 *   }
 *   tell(text: string) {
 *     // Who does not read what the others say is not waited for.
 *     if (this.#transport.getWriteBufferSize() > 1 << 20) this.#transport.abort();
 *     else this.#transport.write(new TextEncoder().encode(text));
 *   }
 * }
 *
 * await using server = createServer(() => new Chatter(), { hostname: "127.0.0.1", port: 0 });
 *
 * const read = async (connection: Connection) => {
 *   const buffer = new Uint8Array(100);
 *   return new TextDecoder().decode(buffer.subarray(0, (await connection.read(buffer))!));
 * };
 * using ann = await connect(server.addresses[0]);
 * using bob = await connect(server.addresses[0]);
 * while (people.size < 2) await new Promise((resolve) => setTimeout(resolve, 1));
 * await ann.write(new TextEncoder().encode("hello\n"));
 * console.log(await read(bob)); // 43210: hello
 * ```
 */
export function createServer(
  factory: () => Protocol | BufferedProtocol,
  options: CreateServerOptions = {},
): ProtocolServer {
  return new Server(factory, options);
}

class Server implements ProtocolServer {
  readonly addresses: readonly Address[];
  readonly #factory: () => Protocol | BufferedProtocol;
  readonly #options: CreateServerOptions;
  readonly #logger: Logger | undefined;
  readonly #listener: Listener;
  readonly #hurry = new AbortController();
  readonly #open = new Set<Transport>();
  /** Connections whose TLS handshake is under way. */
  readonly #shaking = new Set<Connection>();
  readonly #ended = Promise.withResolvers<void>();
  #accepting = true;
  #closed = false;

  constructor(factory: () => Protocol | BufferedProtocol, options: CreateServerOptions) {
    this.#factory = factory;
    this.#options = options;
    this.#logger = guarded(options);
    this.#listener = listen(options);
    this.addresses = [this.#listener.addr];
    void this.#accept();
  }

  get socketOptions(): readonly SocketOptionReport[] {
    return this.#listener.socketOptions;
  }

  get transports(): readonly Transport[] {
    return [...this.#open];
  }

  isServing(): boolean {
    return !this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#listener.close();
    this.#hurry.abort();
    for (const connection of this.#shaking) connection.abort();
  }

  closeClients(): void {
    for (const transport of this.transports) transport.close();
  }

  abortClients(): void {
    for (const transport of this.transports) transport.abort();
  }

  waitClosed(): Promise<void> {
    return this.#ended.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    this.closeClients();
    await this.waitClosed();
  }

  async #accept(): Promise<void> {
    const { tls } = this.#options;
    const onConnection = (connection: Connection) =>
      tls ? void this.#shakeHands(tls, connection) : this.#onAccept(connection);
    await acceptLoop(this.#listener, onConnection, {
      signal: this.#hurry.signal,
      onError: (error) => this.#report(error),
    });
    this.#accepting = false;
    this.#endIfDone();
  }

  async #shakeHands(tls: TlsAcceptor, accepted: Connection): Promise<void> {
    this.#shaking.add(accepted);
    try {
      this.#onAccept(await tls.accept(accepted));
    } catch (error) {
      const peer = formatAddress(accepted.remoteAddr);
      this.#logger?.info(() => textOf(error), () => ({ event: "tls-failed", peer }));
    } finally {
      this.#shaking.delete(accepted);
      this.#endIfDone();
    }
  }

  #onAccept(connection: Connection): void {
    if (this.#closed) return connection.abort();
    let protocol: Protocol | BufferedProtocol;
    try {
      protocol = makeProtocol(this.#factory);
    } catch (error) {
      connection.abort();
      return this.#report(error);
    }
    const transport = makeTransport(connection, protocol, this.#options, () => {
      this.#open.delete(transport);
      this.#endIfDone();
    });
    // Before connectionMade(), which may ask for the open ones, or close them.
    this.#open.add(transport);
    transport.start();
  }

  #report(error: unknown): void {
    const text = textOf(error);
    this.#logger?.error(() => `cannot take a connection: ${text}`, () => ({ event: "server-error" }));
    attempt(() => this.#options.onError?.(error), () => {});
  }

  #endIfDone(): void {
    if (!this.#accepting && this.#open.size === 0 && this.#shaking.size === 0) this.#ended.resolve();
  }
}
