import type { Address } from "../core/address.ts";
import { attempt } from "../core/attempt.ts";
import { guardLogger } from "../core/guard_logger.ts";
import { HostCounts } from "../core/host_counts.ts";
import { isLoopback } from "../core/is_loopback.ts";
import type { Logger } from "../core/logger.ts";
import { sharedClock } from "../core/shared_clock.ts";
import type { Listener } from "../net/listen.ts";
import type { TlsAcceptor } from "../net/tls_acceptor.ts";
import { CallbackGuard } from "./callback_guard.ts";
import {
  checkConnectionsOptions,
  type ConnectionsOptions,
  type ConnectionState,
  DEFAULT_LIMIT,
} from "./connection_state.ts";
import type { EchoServer, ServeOptions, ServeReload, ServerEndpoint, ShutdownReport } from "./echo_server.ts";
import { logListener } from "./log_socket_options.ts";
import type { FaultPlan } from "./fault_plan.ts";
import { accessListOf, isGuarded, limitsOf } from "./serve_limits.ts";
import { checkGrace, DEFAULT_GRACE, endpointsOf, faultPlanOf } from "./serve_options.ts";
import { listenAll, listenPlan } from "./serve_threads.ts";
import type { ServerCrew } from "./server_crew.ts";
import { ServerLog } from "./server_log.ts";
import type { ServerStats } from "./server_stats.ts";
import { ServerThread } from "./server_thread.ts";
import { ServerTotals } from "./server_totals.ts";

/** A server that runs: see `serve()`, which checks the options. */
export class Server implements EchoServer {
  readonly endpoints: readonly ServerEndpoint[];
  readonly faultSeed: number | undefined;
  readonly ready: Promise<void>;
  readonly finished: Promise<void>;
  readonly #options: ServeOptions;
  readonly #listeners: readonly Listener[];
  /** Read while the port was not shared yet: then its listeners cannot be told apart. */
  readonly #sharedOptions: EchoServer["socketOptions"] | undefined;
  readonly #logger: Logger | undefined;
  readonly #log: ServerLog;
  readonly #callbacks: CallbackGuard;
  readonly #totals: ServerTotals;
  readonly #hosts: HostCounts | undefined;
  readonly #faults: FaultPlan | undefined;
  /** `undefined` where nobody speaks TLS, or it could not be made. */
  readonly #tls: Promise<TlsAcceptor | undefined>;
  /** The one that is this thread. */
  readonly #thread: ServerThread;
  /** The others: `undefined` where there are none, or they could not be loaded. */
  readonly #crew: Promise<ServerCrew | undefined>;
  #isReady = false;
  #failure: Error | undefined;
  #shutdown: Promise<ShutdownReport> | undefined;

  constructor(options: ServeOptions, threads: number) {
    this.#options = options;
    const endpoints = endpointsOf(options);
    this.#faults = faultPlanOf(options);
    this.faultSeed = this.#faults?.seed;
    this.#totals = ServerTotals.create(threads);
    this.#hosts = options.maxPerHost === undefined ? undefined : HostCounts.create(hostsOf(options));
    this.#listeners = listenAll(options, endpoints, threads);
    this.endpoints = endpoints.map(({ service, tls }, i) => ({ addr: this.#listeners[i].addr, service, tls }));
    if (threads > 1) this.#sharedOptions = this.#listeners[0].socketOptions;
    this.#logger = options.logger && guardLogger(options.logger, (error) => {
      // An `onError` that fails as well leaves nobody to tell.
      attempt(() => options.onError?.(error), () => {});
    });
    this.#log = new ServerLog(this.#logger);
    this.#callbacks = new CallbackGuard(options.onError, this.#log);
    this.#tellStart(threads);
    options.signal?.addEventListener("abort", this.#close, { once: true });
    this.#tls = options.tls ? this.#loadTls(options.tls) : Promise.resolve(undefined);
    this.#thread = new ServerThread(endpoints.map((endpoint, i) => ({ ...endpoint, listener: this.#listeners[i] })), {
      ...options,
      limits: limitsOf(options),
      tls: this.#tls,
      faults: this.#faults,
      totals: this.#totals,
      hosts: this.#hosts,
      thread: 0,
      now: sharedClock(),
      logger: this.#logger,
      log: this.#log,
      callbacks: this.#callbacks,
    });
    this.#crew = threads === 1 ? Promise.resolve(undefined) : this.#startCrew(threads);
    this.finished = this.#finish();
    this.ready = threads === 1 && !options.tls ? Promise.resolve() : this.#becomeReady();
    // Whoever does not wait for it is told by `onError`, the log and `failure`.
    this.ready.catch(() => {});
  }

  get addr(): Address {
    return this.endpoints[0].addr;
  }

  get socketOptions(): EchoServer["socketOptions"] {
    return this.#sharedOptions ?? this.#listeners[0].socketOptions;
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

  async connections(options: ConnectionsOptions = {}): Promise<readonly ConnectionState[]> {
    checkConnectionsOptions(options);
    const others = await (await this.#crew)?.connections(options) ?? [];
    const all = [this.#thread.connections(options), ...others].flat();
    return all.sort((a, b) => a.id - b.id).slice(0, options.limit ?? DEFAULT_LIMIT);
  }

  async reload({ tls, access }: ServeReload): Promise<void> {
    if (access) accessListOf(access);
    const acceptor = await this.#tls;
    if (tls) {
      if (!acceptor) throw new TypeError("cannot take on a certificate: the server does not speak TLS");
      acceptor.replace(tls);
    }
    if (access) this.#thread.access = access;
    await (await this.#crew)?.reload({ tls, access });
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

  #tellStart(threads: number): void {
    for (const endpoint of this.endpoints) this.#log.started(endpoint, threads);
    if (this.#faults) this.#log.faulty(this.#faults);
    for (const listener of this.#listeners) logListener(this.#logger, listener);
    const open = this.endpoints.find(({ addr }) => !isLoopback(addr.hostname));
    if (open && !isGuarded(this.#options)) this.#log.unguarded(open.addr);
  }

  async #loadTls(options: NonNullable<ServeOptions["tls"]>): Promise<TlsAcceptor | undefined> {
    try {
      const { tlsAcceptor } = await import("../net/tls_acceptor.ts");
      return await tlsAcceptor(options);
    } catch (error) {
      this.#fail(error as Error);
      this.close();
    }
  }

  /** Starts the other threads. What it takes is loaded for those who want it. */
  async #startCrew(threads: number): Promise<ServerCrew | undefined> {
    const { tls, onClose, onError } = this.#options;
    const tells = {
      logs: this.#logger !== undefined,
      debug: this.#logger?.debugEnabled !== false,
      closes: onClose !== undefined,
      errors: onError !== undefined,
    };
    const plan = {
      limits: limitsOf(this.#options),
      tls,
      faults: this.#faults,
      tells,
      memory: this.#totals.memory,
      hosts: this.#hosts?.memory,
      timeOrigin: performance.timeOrigin,
    };
    try {
      const endpoints = endpointsOf(this.#options).map((endpoint, i) => ({
        ...endpoint,
        listen: listenPlan(this.#options, endpoint.hostname, this.#listeners[i]),
      }));
      const plans = Array.from({ length: threads - 1 }, (_, i) => ({ ...plan, endpoints, thread: i + 1 }));
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
    await this.#tls;
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

/** Hosts to count at once: as many as connections, where those are limited; else more than descriptors, mostly. */
function hostsOf({ maxConnections = 0 }: ServeOptions): number {
  return Math.min(Math.max(maxConnections, 65_536), 2 ** 20);
}

/** The reports of several threads as one. */
function sumReports(reports: readonly ShutdownReport[]): ShutdownReport {
  const sum = (name: keyof ShutdownReport) => reports.reduce((total, report) => total + report[name], 0);
  return { endedByServer: sum("endedByServer"), unechoedBytes: sum("unechoedBytes"), lateBytes: sum("lateBytes") };
}
