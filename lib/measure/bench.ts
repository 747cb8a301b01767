import type { ConnectorSocketOptions } from "../socket/socket_options.ts";
import { checkTlsOptions } from "../net/tls_options.ts";
import { settingsOf } from "../socket/settings.ts";
import { BenchIntervals } from "./bench_intervals.ts";
import { askedOf, type BenchOptions } from "./bench_options.ts";
import { benchOutcome } from "./bench_outcome.ts";
import type { BenchAsked, BenchInterval, BenchResult } from "./bench_result.ts";
import { environment } from "./environment.ts";
import { IntervalQueue } from "./interval_queue.ts";
import { type LoadPlan, shares } from "./load_plan.ts";
import { checkWorkers, type LoadThread, type LoadThreadEvents, startLoad, startWorkerLoad } from "./load_thread.ts";

/** A bench that begins when it is iterated, or when its result is asked for. */
export interface Bench extends AsyncIterable<BenchInterval> {
  /** Each second, as it is over. It can be iterated several times, and throws what {@linkcode result} rejects with. */
  [Symbol.asyncIterator](): AsyncIterator<BenchInterval>;

  /**
   * Resolves at the end of the bench with what was measured: also where there is no server, or the bench was ended early,
   * which the result says. It rejects for a mistake of the caller's only: a missing permission, a socket option that cannot
   * be had.
   */
  result(): Promise<BenchResult>;
}

/**
 * Measures a TCP echo server under load, from many connections at once.
 *
 * In a closed loop (without `rate`) each connection sends its next request when the echo of the one before has come. In an
 * open loop requests are sent on schedule, and `latency` counts from when one should have been sent: a server that stands
 * still for a second shows in every request of that second, not in one per connection (coordinated omission). Every byte of
 * every echo is compared with what was sent.
 *
 * @throws {RangeError} if an option is out of range.
 * @throws {TypeError} if options exclude each other, a socket option's value is of the wrong kind, or a TLS option cannot be
 * used.
 * @throws {SocketOptionError} if a socket option cannot be set here.
 *
 * @example
 * ```ts
 * import { serve } from "@sounder/tcp";
 * import { bench } from "@sounder/tcp/measure";
 *
 * await using server = serve({ port: 0 });
 * const run = bench({ ...server.addr, connections: 4, duration: 500, warmup: 100 });
 * for await (const { requests, p50Ms } of run) console.log(requests, p50Ms);
 * const { rates, latency, errors } = await run.result();
 * console.log(rates.requestsPerSecond, latency.percentilesMs.p99, errors.length);
 * ```
 */
export function bench(options: BenchOptions): Bench {
  const asked = askedOf(options);
  settingsOf(options, "connect");
  if (typeof options.tls === "object") checkTlsOptions(options.tls);
  return new BenchCall(options, asked);
}

class BenchCall implements Bench {
  readonly #options: BenchOptions;
  readonly #asked: BenchAsked;
  readonly #queue = new IntervalQueue<BenchInterval>();
  #result: Promise<BenchResult> | undefined;

  constructor(options: BenchOptions, asked: BenchAsked) {
    this.#options = options;
    this.#asked = asked;
  }

  [Symbol.asyncIterator](): AsyncIterator<BenchInterval> {
    // What goes wrong, the iterator throws.
    this.result().catch(() => {});
    return this.#queue[Symbol.asyncIterator]();
  }

  result(): Promise<BenchResult> {
    if (this.#result === undefined) {
      this.#result = run(this.#options, this.#asked, (interval) => this.#queue.add(interval));
      this.#result.then(() => this.#queue.end(), (error) => this.#queue.end(error));
    }
    return this.#result;
  }
}

async function run(
  options: BenchOptions,
  asked: BenchAsked,
  onInterval: (interval: BenchInterval) => void,
): Promise<BenchResult> {
  const { hostname = "127.0.0.1", port } = options;
  const parts = shares(asked.connections, asked.workers);
  if (parts.length > 1) checkWorkers();
  const place = await environment();
  const ended = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
  const series: BenchInterval[] = [];
  const intervals = await BenchIntervals.create(parts.length, (interval) => {
    series.push(interval);
    onInterval(interval);
  });
  const threads = parts.map(([from, to], index): LoadThread => {
    const eventful = options.logger !== undefined && options.logger.debugEnabled !== false;
    const { tls = false } = options;
    const plan: LoadPlan = {
      ...asked,
      hostname,
      port,
      from,
      to,
      eventful,
      tls,
      socketOptions: socketOptionsOf(options),
    };
    const events: LoadThreadEvents = {
      signal,
      onInterval: (interval) => intervals.add(index, interval),
      onEvent: ({ event, lane, message }) => {
        options.logger?.debug(() => `connection ${lane + 1}: ${message}`, () => ({ event, connection: lane + 1 }));
      },
    };
    return parts.length === 1 ? startLoad(plan, events) : startWorkerLoad(plan, events);
  });
  const outcomes = Promise.all(threads.map(async ({ outcome }, index) => {
    const measured = await outcome;
    intervals.end(index);
    return measured;
  }));
  // One that fails ends the others too.
  outcomes.catch(() => ended.abort());
  await Promise.all(threads.map(({ ready }) => ready));
  for (const thread of threads) thread.go();
  // Where one fails, nothing of the others goes on behind the caller's back.
  await Promise.allSettled(threads.map(({ outcome }) => outcome));
  const measured = await outcomes;
  return await benchOutcome({ target: { hostname, port }, asked, environment: place, series }, measured);
}

/** The options of the connections, as a Worker can be given them. */
function socketOptionsOf(options: BenchOptions): ConnectorSocketOptions {
  // deno-fmt-ignore -- each is named once, to be left out
  const {
    hostname: _hostname, port: _port, connections: _connections, duration: _duration, warmup: _warmup, size: _size,
    rate: _rate, pipeline: _pipeline, churn: _churn, mode: _mode, direction: _direction, workers: _workers,
    verify: _verify, timeout: _timeout, connectTimeout: _connectTimeout, tls: _tls, signal: _signal, logger: _logger,
    ...socketOptions
  } = options;
  return socketOptions;
}
