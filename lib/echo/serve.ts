import type { Address } from "../core/address.ts";
import { attempt } from "../core/attempt.ts";
import { guardLogger } from "../core/guard_logger.ts";
import type { Logger } from "../core/logger.ts";
import { listen, type Listener } from "../net/listen.ts";
import { CallbackGuard } from "./callback_guard.ts";
import type { EchoServer, ServeOptions, ServerStats, ShutdownReport } from "./echo_server.ts";
import { logListener } from "./log_socket_options.ts";
import { listenFirst, listenPlan, threadsOf } from "./serve_threads.ts";
import type { ServerCrew } from "./server_crew.ts";
import { ServerLog } from "./server_log.ts";
import { ServerThread } from "./server_thread.ts";
import { ServerTotals } from "./server_totals.ts";
import { services } from "./service.ts";

/**
 * Starts a server. It listens when the call returns: connecting to `addr` succeeds.
 *
 * Thousands of connections are served at once in one thread; with `workers` in several, which all accept once `ready` has
 * resolved. Nothing that a peer does ends the server: a reset ends that connection alone, and a peer that does not read is
 * not read from.
 *
 * @throws {TypeError} if the service has no such name, or `onConnection` is given with `workers`;
 * {@linkcode RangeError} if a number is out of range; `Deno.errors.NotSupported` and `Deno.errors.NotCapable` if there can
 * be no `workers` here; what {@linkcode listen} throws; and the reason of a signal that is aborted already.
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
  const threads = threadsOf(options);
  options.signal?.throwIfAborted();
  return new Server(options, threads);
}

function checkServeOptions({ service = "echo", idleTimeout, maxConnections, grace = 0 }: ServeOptions): void {
  if (!Object.hasOwn(services, service)) {
    throw new TypeError(`cannot serve "${service}": use one of ${Object.keys(services).join(", ")}`);
  }
  if (idleTimeout !== undefined && !(idleTimeout > 0)) {
    throw new RangeError(`cannot use an idleTimeout of ${idleTimeout} ms: it must be more than 0`);
  }
  if (maxConnections !== undefined && !(Number.isInteger(maxConnections) && maxConnections > 0)) {
    throw new RangeError(`cannot serve at most ${maxConnections} connections: use a whole number from 1`);
  }
  checkGrace(grace);
}

function checkGrace(grace: number): void {
  if (!(grace >= 0)) throw new RangeError(`cannot shut down with a grace of ${grace} ms: it must be 0 or more`);
}

/** The grace of a shutdown where none is given, in milliseconds. */
const DEFAULT_GRACE = 5000;

class Server implements EchoServer {
  readonly addr: Address;
  readonly ready: Promise<void>;
  readonly finished: Promise<void>;
  readonly #options: ServeOptions;
  readonly #listener: Listener;
  /** Read while the port was not shared yet: then its listeners cannot be told apart. */
  readonly #sharedOptions: EchoServer["socketOptions"] | undefined;
  readonly #logger: Logger | undefined;
  readonly #log: ServerLog;
  readonly #callbacks: CallbackGuard;
  readonly #totals: ServerTotals;
  /** The one that is this thread. */
  readonly #thread: ServerThread;
  /** The others: `undefined` where there are none, or they could not be loaded. */
  readonly #crew: Promise<ServerCrew | undefined>;
  #isReady = false;
  #failure: Error | undefined;
  #shutdown: Promise<ShutdownReport> | undefined;

  constructor(options: ServeOptions, threads: number) {
    this.#options = options;
    this.#totals = ServerTotals.create(threads);
    this.#listener = threads === 1 ? listen(options) : listenFirst(options);
    this.addr = this.#listener.addr;
    if (threads > 1) this.#sharedOptions = this.#listener.socketOptions;
    this.#logger = options.logger && guardLogger(options.logger, (error) => {
      // An `onError` that fails as well leaves nobody to tell.
      attempt(() => options.onError?.(error), () => {});
    });
    this.#log = new ServerLog(this.#logger);
    this.#callbacks = new CallbackGuard(options.onError, this.#log);
    this.#log.started(options.service ?? "echo", this.addr, threads);
    logListener(this.#logger, this.#listener);
    options.signal?.addEventListener("abort", this.#close, { once: true });
    this.#thread = new ServerThread(this.#listener, {
      ...options,
      totals: this.#totals,
      thread: 0,
      logger: this.#logger,
      log: this.#log,
      callbacks: this.#callbacks,
    });
    this.#crew = threads === 1 ? Promise.resolve(undefined) : this.#startCrew(threads);
    this.finished = this.#finish();
    this.ready = threads === 1 ? Promise.resolve() : this.#becomeReady();
    // Whoever does not wait for it is told by `onError`, the log and `failure`.
    this.ready.catch(() => {});
  }

  get socketOptions(): EchoServer["socketOptions"] {
    return this.#sharedOptions ?? this.#listener.socketOptions;
  }

  get stats(): ServerStats {
    return this.#totals.stats;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  close(): void {
    this.#close();
  }

  shutdown(grace = this.#options.grace ?? DEFAULT_GRACE): Promise<ShutdownReport> {
    try {
      checkGrace(grace);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#shutdown ??= this.#shutDown(grace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.finished;
  }

  #close = (): void => {
    this.#thread.close();
    void this.#crew.then((crew) => crew?.close());
  };

  async #shutDown(grace: number): Promise<ShutdownReport> {
    const [own, others = []] = await Promise.all([
      this.#thread.shutDown(grace),
      this.#crew.then((crew) => crew?.shutDown(grace)),
    ]);
    await this.finished;
    return sumReports([own, ...others]);
  }

  /** Starts the other threads. What it takes is loaded for those who want it. */
  async #startCrew(threads: number): Promise<ServerCrew | undefined> {
    const { service, idleTimeout, maxConnections, onClose, onError } = this.#options;
    const tells = {
      logs: this.#logger !== undefined,
      debug: this.#logger?.debugEnabled !== false,
      closes: onClose !== undefined,
      errors: onError !== undefined,
    };
    const plan = { service, idleTimeout, maxConnections, tells, memory: this.#totals.memory };
    try {
      const listen = listenPlan(this.#options, this.#listener);
      const plans = Array.from({ length: threads - 1 }, (_, i) => ({ ...plan, listen, thread: i + 1 }));
      const { startCrew } = await import("./server_crew.ts");
      return startCrew(plans, {
        logger: this.#logger,
        onClose: (summary) => this.#callbacks.call(() => onClose?.(summary)),
        onError: (error) => this.#callbacks.tell(error),
        onDeath: (error, thread) => {
          this.#totals.bury(thread);
          this.#fail(error);
        },
      });
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  async #becomeReady(): Promise<void> {
    const crew = await this.#crew;
    await crew?.ready.catch(() => {}); // `failure` has it
    if (this.#failure !== undefined) {
      this.close();
      await this.finished;
      throw this.#failure;
    }
    this.#isReady = true;
  }

  /** A thread is gone: the others end in order. Where it never came, `ready` sees to the end. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#callbacks.report(error);
    if (this.#isReady) void this.shutdown();
  }

  async #finish(): Promise<void> {
    await this.#thread.finished;
    await (await this.#crew)?.finished;
    this.#options.signal?.removeEventListener("abort", this.#close);
    this.#log.stopped(this.stats);
  }
}

/** The reports of several threads as one. */
function sumReports(reports: readonly ShutdownReport[]): ShutdownReport {
  const sum = (name: keyof ShutdownReport) => reports.reduce((total, report) => total + report[name], 0);
  return { endedByServer: sum("endedByServer"), unechoedBytes: sum("unechoedBytes"), lateBytes: sum("lateBytes") };
}
