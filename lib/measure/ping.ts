import type { Logger } from "../core/logger.ts";
import type { ConnectOptions } from "../net/connect.ts";
import type { Connection } from "../net/connection.ts";
import { checkTlsOptions } from "../net/tls_options.ts";
import { settingsOf } from "../socket/settings.ts";
import { type PingAsked, PingRun, type SampleSink } from "./ping_run.ts";
import type { PingResult, PingSample } from "./ping_result.ts";

/** Options for {@linkcode ping}; the socket options are those of `connect()`. */
export interface PingOptions extends ConnectOptions {
  /** Probes to send, at least 1. Without it, until the signal is aborted or the loop is left. */
  count?: number;
  /**
   * Milliseconds from one probe to the next, on a schedule that does not drift. 0 is a flood: the next one goes out as soon
   * as the echo of the last has come.
   *
   * @default {1000}
   */
  interval?: number;
  /**
   * Milliseconds after which a probe counts as lost. Its echo may still come: it is then told as `late`.
   *
   * @default {1000}
   */
  timeout?: number;
  /**
   * Bytes of a probe, 1 to 1 GiB. From 8 bytes up they begin with its number.
   *
   * @default {64}
   */
  size?: number;
  /**
   * Makes a connection for each probe, times the TCP handshake (and with `tls` that of TLS, apart), and closes it: for
   * servers that do not echo.
   *
   * @default {false}
   */
  connect?: boolean;
  /**
   * Milliseconds for the name lookup, the connecting and the TLS handshake together, each time; with `connect` at least
   * `timeout`.
   *
   * @default {3500}
   */
  connectTimeout?: number;
  /**
   * Whether each sample has what the kernel knows of the connection, where `--allow-ffi` is given.
   *
   * @default {false}
   */
  tcpInfo?: boolean;
  /** Ends the ping in order: the samples end, and the result is that of the probes so far. */
  signal?: AbortSignal;
  /** Told of each connection and error at debug; at warn, of a connection that ended when no probe was under way. */
  logger?: Logger;
  /** Told of each connection as soon as it is made. What it throws ends the ping. */
  onConnection?: (connection: Connection) => void;
}

/** A ping that begins when it is iterated, or when its result is asked for. */
export interface Ping extends AsyncIterable<PingSample> {
  /**
   * The samples, as they come; they can be iterated once. Leaving the loop ends the ping. At most 1000 are kept for whoever
   * is slow to take them; then no further probes go out.
   *
   * A network that fails does not throw: its probes are lost. Only what keeps the first probe from being tried at all does: a
   * name that is not known, a missing permission, a socket option that cannot be had.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<PingSample>;

  /**
   * Resolves at the end of the ping with its result. Without a loop over the samples it begins the ping itself. What the
   * loop would throw is the result's `error`.
   */
  result(): Promise<PingResult>;
}

/**
 * Times the echo of a TCP server: one connection, a probe at each interval, each byte of its echo compared. When the server
 * is gone, the following probes try to connect again.
 *
 * @throws {RangeError} if a number is out of range.
 * @throws {TypeError} if a socket option's value is of the wrong kind, or a TLS option cannot be used.
 * @throws {SocketOptionError} if a socket option cannot be set here.
 *
 * @example Five probes
 * ```ts
 * import { serve } from "@sounder/tcp";
 * import { ping } from "@sounder/tcp/measure";
 *
 * await using server = serve({ port: 0 });
 * const probes = ping({ ...server.addr, count: 5, interval: 100 });
 * for await (const { seq, timeMs } of probes) console.log(seq, timeMs); // such as: 1 0.21
 * const { received, rtt } = await probes.result();
 * console.log(received, rtt?.medianMs); // such as: 5 0.12
 * ```
 */
export function ping(options: PingOptions): Ping {
  return new PingCall(checkOptions(options));
}

/** 1 GiB: more is no probe. */
const LARGEST = 2 ** 30;

function checkOptions(options: PingOptions): PingAsked {
  const { hostname = "127.0.0.1", port, count, interval = 1000, timeout = 1000, size = 64, connect = false } = options;
  const { connectTimeout = 3500 } = options;
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new RangeError(`cannot ping port ${port}: use a whole number from 1 to 65535`);
  }
  if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
    throw new RangeError(`cannot send ${count} probes: count must be a whole number from 1`);
  }
  if (!(interval >= 0 && interval < Infinity)) {
    throw new RangeError(`cannot ping every ${interval} ms: interval must be 0 or more`);
  }
  for (const [name, value] of Object.entries({ timeout, connectTimeout })) {
    if (!(value > 0)) throw new RangeError(`cannot wait ${value} ms for an answer: ${name} must be more than 0`);
  }
  if (!(Number.isInteger(size) && size >= 1 && size <= LARGEST)) {
    throw new RangeError(`cannot send probes of ${size} bytes: use a whole number from 1 to ${LARGEST}`);
  }
  settingsOf(options, "connect");
  if (typeof options.tls === "object") checkTlsOptions(options.tls);
  return {
    ...options,
    hostname,
    count: count ?? null,
    intervalMs: interval,
    timeoutMs: timeout,
    sizeBytes: size,
    connect,
    connectTimeoutMs: connect ? Math.max(connectTimeout, timeout) : connectTimeout,
  };
}

/** Samples that are kept for whoever takes them. */
const KEPT = 1000;

class PingCall implements Ping {
  readonly #asked: PingAsked;
  #running: Promise<PingResult> | undefined;

  constructor(asked: PingAsked) {
    this.#asked = asked;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<PingSample> {
    if (this.#running) throw new TypeError("cannot iterate a ping that runs already: iterate first, and once");
    let running: Promise<unknown>;
    let run: PingRun;
    let isLeft = false;
    let room: PromiseWithResolvers<void> | undefined;
    const samples = new ReadableStream<PingSample>({
      start: (controller) => {
        const sink: SampleSink = {
          add: (sample) => isLeft || controller.enqueue(sample),
          room: () => isLeft || controller.desiredSize! > 0 ? undefined : (room ??= Promise.withResolvers()).promise,
        };
        run = new PingRun(this.#asked, sink);
        this.#running = run.run();
        running = this.#running.then(() => {
          if (isLeft) return;
          if (run.failure) controller.error(run.failure.error);
          else controller.close();
        }, (error) => isLeft || controller.error(error));
      },
      pull() {
        room?.resolve();
        room = undefined;
      },
      async cancel() {
        isLeft = true;
        run.stop();
        room?.resolve();
        await running;
      },
    }, { highWaterMark: KEPT });
    return samples.values();
  }

  result(): Promise<PingResult> {
    return this.#running ??= new PingRun(this.#asked, NOBODY).run();
  }
}

const NOBODY: SampleSink = { add: () => {}, room: () => undefined };
