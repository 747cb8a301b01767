import type { Address } from "../core/address.ts";
import { waitAtMost } from "../core/delay.ts";
import { guardLogger } from "../core/guard_logger.ts";
import type { Logger } from "../core/logger.ts";
import { acceptLoop } from "../net/accept_loop.ts";
import type { Connection } from "../net/connection.ts";
import { listen, type Listener } from "../net/listen.ts";
import { attempt } from "../core/attempt.ts";
import { CallbackGuard } from "./callback_guard.ts";
import type { EchoServer, ServeOptions, ServerStats, ShutdownReport } from "./echo_server.ts";
import { logConnection, logListener } from "./log_socket_options.ts";
import { ServedConnection } from "./served_connection.ts";
import { ServerLog } from "./server_log.ts";
import { type ServiceName, services } from "./service.ts";
import { traceConnection } from "./trace_connection.ts";
import { untilQuiet } from "./until_quiet.ts";

/**
 * Starts a server. It listens when the call returns: connecting to `addr` succeeds.
 *
 * Thousands of connections are served at once in one thread. Nothing that a peer does ends the server: a reset ends that
 * connection alone, and a peer that does not read is not read from.
 *
 * @throws {TypeError} if the service has no such name, {@linkcode RangeError} if a number is out of range, what
 * {@linkcode listen} throws, and the reason of a signal that is aborted already.
 *
 * @example
 * ```ts
 * import { connectEcho, serve } from "@sounder/tcp";
 *
 * await using server = serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 60_000 });
 * using client = await connectEcho(server.addr);
 * await client.exchange(["data1\n", "data2\n"]);
 * console.log(server.stats.bytesOut); // 12
 * ```
 */
export function serve(options: ServeOptions = {}): EchoServer {
  checkServeOptions(options);
  options.signal?.throwIfAborted();
  return new Server(options);
}

function checkServeOptions({ service = "echo", idleTimeout, maxConnections }: ServeOptions): void {
  if (!Object.hasOwn(services, service)) {
    throw new TypeError(`cannot serve "${service}": use one of ${Object.keys(services).join(", ")}`);
  }
  if (idleTimeout !== undefined && !(idleTimeout > 0)) {
    throw new RangeError(`cannot use an idleTimeout of ${idleTimeout} ms: it must be more than 0`);
  }
  if (maxConnections !== undefined && !(Number.isInteger(maxConnections) && maxConnections > 0)) {
    throw new RangeError(`cannot serve at most ${maxConnections} connections: use a whole number from 1`);
  }
}

/** Milliseconds at most for emptying the accept queue: a flood of connects must not put off the end. */
const QUEUE_LIMIT = 1000;
/** Milliseconds that a peer has to answer our FIN at the end of the grace, before its connection is cut. */
const LINGER = 1000;

class Server implements EchoServer {
  readonly addr: Address;
  readonly finished: Promise<void>;
  readonly #options: ServeOptions;
  readonly #service: ServiceName;
  readonly #listener: Listener;
  readonly #logger: Logger | undefined;
  readonly #log: ServerLog;
  readonly #callbacks: CallbackGuard;
  /** Aborted when the end begins: the accept loop waits no longer than it must. */
  readonly #hurry = new AbortController();
  readonly #open = new Set<ServedConnection>();
  readonly #finish = Promise.withResolvers<void>();
  readonly #ended = { bytesIn: 0, bytesOut: 0, errors: 0 };
  #accepting = true;
  #closed = false;
  #total = 0;
  #refused = 0;
  #acceptErrors = 0;
  #unechoed = 0;
  #late = 0;
  #shutdown: Promise<ShutdownReport> | undefined;

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#service = options.service ?? "echo";
    this.#listener = listen(options);
    this.addr = this.#listener.addr;
    this.finished = this.#finish.promise;
    this.#logger = options.logger && guardLogger(options.logger, (error) => {
      // An `onError` that fails as well leaves nobody to tell.
      attempt(() => options.onError?.(error), () => {});
    });
    this.#log = new ServerLog(this.#logger);
    this.#callbacks = new CallbackGuard(options.onError, this.#log);
    this.#log.started(this.#service, this.addr);
    logListener(this.#logger, this.#listener);
    options.signal?.addEventListener("abort", this.#close, { once: true });
    void this.#accept();
  }

  get socketOptions(): EchoServer["socketOptions"] {
    return this.#listener.socketOptions;
  }

  get stats(): ServerStats {
    let { bytesIn, bytesOut } = this.#ended;
    for (const served of this.#open) {
      bytesIn += served.bytesIn;
      bytesOut += served.bytesOut;
    }
    return {
      open: this.#open.size,
      total: this.#total,
      refused: this.#refused,
      bytesIn,
      bytesOut,
      errors: this.#ended.errors + this.#acceptErrors,
    };
  }

  close(): void {
    this.#close();
  }

  shutdown(grace = 5000): Promise<ShutdownReport> {
    if (!(grace >= 0)) {
      return Promise.reject(new RangeError(`cannot shut down with a grace of ${grace} ms: it must be 0 or more`));
    }
    return this.#shutdown ??= this.#shutDown(grace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.finished;
  }

  async #accept(): Promise<void> {
    await acceptLoop(this.#listener, (connection) => this.#onAccept(connection), {
      signal: this.#hurry.signal,
      onError: (error) => this.#onAcceptError(error),
    });
    this.#accepting = false;
    this.#finishIfDone();
  }

  #onAccept(connection: Connection): void {
    // One that was accepted in the very turn of close().
    if (this.#closed) return connection.close();
    if (this.#open.size < (this.#options.maxConnections ?? Infinity)) return void this.#serve(connection);
    connection.close();
    this.#refused++;
    this.#log.refused(connection.remoteAddr, this.#open.size);
  }

  async #serve(accepted: Connection): Promise<void> {
    const { idleTimeout, onConnection, onClose } = this.#options;
    const connection = traceConnection(accepted, this.#logger);
    const served = new ServedConnection(++this.#total, connection, this.#service, idleTimeout);
    this.#open.add(served);
    this.#log.accepted(served.info);
    logConnection(this.#logger, accepted);
    if (!this.#callbacks.call(() => onConnection?.(connection, served.info))) served.cut("error");
    const summary = await served.run();
    this.#open.delete(served);
    this.#ended.bytesIn += summary.bytesIn;
    this.#ended.bytesOut += summary.bytesOut;
    if (summary.reason === "shutdown") this.#unechoed += served.owed;
    this.#late += served.late;
    if (["reset", "timeout", "error"].includes(summary.reason)) this.#ended.errors++;
    if (summary.reason === "error" && summary.error !== undefined) this.#callbacks.report(summary.error);
    this.#log.ended(summary);
    this.#callbacks.call(() => onClose?.(summary));
    this.#finishIfDone();
  }

  #onAcceptError(error: unknown): void {
    this.#acceptErrors++;
    this.#callbacks.tell(error);
    this.#log.acceptFailed(error);
  }

  async #shutDown(grace: number): Promise<ShutdownReport> {
    const since = performance.now();
    // Closing a listener resets who waits in its queue, although their connect succeeded: they are let in first.
    this.#hurry.abort();
    await untilQuiet(() => this.#total + this.#refused + this.#acceptErrors, QUEUE_LIMIT);
    this.#stopListening();
    await waitAtMost(Math.max(0, grace - (performance.now() - since)), this.finished);
    const rest = [...this.#open];
    for (const served of rest) served.finish();
    if (rest.length > 0) await waitAtMost(LINGER, this.finished);
    for (const served of this.#open) served.cut("shutdown");
    await this.finished;
    return { endedByServer: rest.length, unechoedBytes: this.#unechoed, lateBytes: this.#late };
  }

  #stopListening(): void {
    this.#listener.close();
    this.#hurry.abort();
  }

  #close = (): void => {
    this.#closed = true;
    this.#stopListening();
    for (const served of this.#open) served.cut("shutdown");
  };

  #finishIfDone(): void {
    if (this.#accepting || this.#open.size > 0) return;
    this.#options.signal?.removeEventListener("abort", this.#close);
    this.#log.stopped(this.stats);
    this.#finish.resolve();
  }
}
