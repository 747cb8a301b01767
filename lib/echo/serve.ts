import { type Address, formatAddress } from "../core/address.ts";
import { delay } from "../core/delay.ts";
import { acceptLoop } from "../net/accept_loop.ts";
import type { Connection } from "../net/connection.ts";
import { listen, type Listener } from "../net/listen.ts";
import type { EchoServer, ServeOptions, ServerStats, ShutdownReport } from "./echo_server.ts";
import { ServedConnection, type ServedConnectionSummary } from "./served_connection.ts";
import { type ServiceName, services } from "./service.ts";
import { Throttle } from "./throttle.ts";
import { traceConnection } from "./trace_connection.ts";

/**
 * Starts a server. It listens when the call returns: connecting to `addr` succeeds.
 *
 * Thousands of connections are served at once in one thread. Nothing that a peer does ends the server: a reset ends that
 * connection alone, and a peer that does not read is not read from.
 *
 * @throws {TypeError} if the service has no such name, {@linkcode RangeError} if a number is out of range, and what
 * {@linkcode listen} throws.
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

/** Milliseconds between two log lines about refused connections, and about failing to accept any. */
const REFUSED_INTERVAL = 1000;
const ACCEPT_ERROR_INTERVAL = 60_000;
/** Milliseconds without a new connection after which the accept queue counts as empty, and how often that is tried. */
const QUEUE_QUIET = 10;
const QUEUE_TRIES = 20;
/** Milliseconds that a peer has to answer our FIN at the end of the grace, before its connection is cut. */
const LINGER = 1000;

class Server implements EchoServer {
  readonly addr: Address;
  readonly finished: Promise<void>;
  readonly #options: ServeOptions;
  readonly #service: ServiceName;
  readonly #listener: Listener;
  readonly #stopped = new AbortController();
  readonly #open = new Set<ServedConnection>();
  readonly #refusals = new Throttle(REFUSED_INTERVAL);
  readonly #acceptErrors = new Throttle(ACCEPT_ERROR_INTERVAL);
  readonly #finish = Promise.withResolvers<void>();
  readonly #ended = { bytesIn: 0, bytesOut: 0, errors: 0 };
  #accepting = true;
  #total = 0;
  #refused = 0;
  #unechoed = 0;
  #shutdown: Promise<ShutdownReport> | undefined;

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#service = options.service ?? "echo";
    this.#listener = listen(options);
    this.addr = this.#listener.addr;
    this.finished = this.#finish.promise;
    options.logger?.info(() => `started ${this.#service} on ${formatAddress(this.addr)}`, {
      event: "started",
      service: this.#service,
      address: this.addr.hostname,
      port: this.addr.port,
    });
    options.signal?.addEventListener("abort", this.#close, { once: true });
    void this.#accept();
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
      errors: this.#ended.errors,
    };
  }

  close(): void {
    this.#close();
  }

  shutdown(grace = 5000): Promise<ShutdownReport> {
    return this.#shutdown ??= this.#shutDown(grace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.finished;
  }

  async #accept(): Promise<void> {
    await acceptLoop(this.#listener, (connection) => this.#onAccept(connection), {
      signal: this.#stopped.signal,
      onError: (error) => this.#onAcceptError(error),
    });
    this.#accepting = false;
    this.#finishIfDone();
  }

  #onAccept(connection: Connection): void {
    if (this.#open.size >= (this.#options.maxConnections ?? Infinity)) {
      connection.close();
      this.#refused++;
      const count = this.#refusals.admit(performance.now());
      if (count > 0) {
        this.#options.logger?.warn(
          () => `refused ${count} connections: ${this.#open.size} are open, the most allowed`,
          { event: "refused", count, open: this.#open.size },
        );
      }
      return;
    }
    void this.#serve(connection);
  }

  async #serve(accepted: Connection): Promise<void> {
    const { logger, idleTimeout, onConnection, onClose } = this.#options;
    const connection = traceConnection(accepted, logger);
    const served = new ServedConnection(++this.#total, connection, this.#service, idleTimeout);
    const peer = formatAddress(accepted.remoteAddr);
    this.#open.add(served);
    logger?.debug(() => `accepted connection ${served.info.id} from ${peer}`, { event: "accept", peer });
    if (!this.#guard(() => onConnection?.(connection, served.info))) served.cut("error");
    const summary = await served.run();
    this.#open.delete(served);
    this.#ended.bytesIn += summary.bytesIn;
    this.#ended.bytesOut += summary.bytesOut;
    if (summary.reason === "shutdown") this.#unechoed += served.owed;
    if (["reset", "timeout", "error"].includes(summary.reason)) this.#ended.errors++;
    if (summary.reason === "error" && summary.error !== undefined) this.#report(summary.error);
    logger?.debug(() => `ended connection ${served.info.id} from ${peer}: ${describe(summary)}`, {
      event: "end",
      peer,
      reason: summary.reason,
      bytesIn: summary.bytesIn,
      bytesOut: summary.bytesOut,
    });
    this.#guard(() => onClose?.(summary));
    this.#finishIfDone();
  }

  #onAcceptError(error: unknown): void {
    this.#ended.errors++;
    this.#guard(() => this.#options.onError?.(error));
    if (this.#acceptErrors.admit(performance.now()) > 0) {
      this.#options.logger?.warn(() => `cannot accept connections, trying on: ${messageOf(error)}`, {
        event: "accept-error",
      });
    }
  }

  async #shutDown(grace: number): Promise<ShutdownReport> {
    await this.#emptyAcceptQueue();
    this.#stopListening();
    await this.#finishedWithin(grace);
    const rest = [...this.#open];
    for (const served of rest) served.finish();
    if (rest.length > 0) await this.#finishedWithin(LINGER);
    for (const served of this.#open) served.cut("shutdown");
    await this.finished;
    return { endedByServer: rest.length, unechoedBytes: this.#unechoed };
  }

  async #finishedWithin(ms: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.finished, delay(ms, over.signal)]);
    over.abort();
  }

  /** Closing a listener resets who waits in its queue, although their connect succeeded: let them in first. */
  async #emptyAcceptQueue(): Promise<void> {
    for (let tries = 0; tries < QUEUE_TRIES; tries++) {
      const before = this.#total + this.#refused;
      await delay(QUEUE_QUIET, this.#stopped.signal);
      if (this.#total + this.#refused === before) return;
    }
  }

  #stopListening(): void {
    this.#options.signal?.removeEventListener("abort", this.#close);
    this.#listener.close();
  }

  #close = (): void => {
    this.#stopped.abort();
    this.#stopListening();
    for (const served of this.#open) served.cut("shutdown");
  };

  #finishIfDone(): void {
    if (this.#accepting || this.#open.size > 0) return;
    const { total, refused, bytesIn, bytesOut, errors } = this.stats;
    this.#options.logger?.info(
      () => `stopped: ${total} connections, ${refused} refused, ${bytesIn} bytes in, ${bytesOut} bytes out`,
      { event: "stopped", total, refused, bytesIn, bytesOut, errors },
    );
    this.#finish.resolve();
  }

  /** Calls a callback of the user's; an exception in it is reported and goes no further. */
  #guard(callback: () => void): boolean {
    try {
      callback();
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  #report(error: unknown): void {
    this.#options.logger?.error(() => messageOf(error), { event: "error" });
    try {
      this.#options.onError?.(error);
    } catch (thrown) {
      this.#options.logger?.error(() => `onError failed: ${messageOf(thrown)}`, { event: "error" });
    }
  }
}

function describe({ reason, bytesIn, bytesOut, durationMs, error }: ServedConnectionSummary): string {
  const why = error === undefined ? reason : `${reason} (${messageOf(error)})`;
  return `${why}, ${bytesIn} bytes in, ${bytesOut} bytes out, ${durationMs.toFixed(1)} ms`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
