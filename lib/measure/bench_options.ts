import type { Logger } from "../core/logger.ts";
import { parsePort } from "../core/address.ts";
import type { TlsClientOptions } from "../net/tls_options.ts";
import type { SocketOptions } from "../socket/socket_options.ts";
import type { ConnectorSocketOptions } from "../socket/socket_options.ts";
import type { BenchAsked, BenchMode, StreamDirection } from "./bench_result.ts";

/** Options for {@linkcode bench}. Durations are milliseconds, sizes are bytes. */
export interface BenchOptions extends ConnectorSocketOptions {
  /**
   * Host name or IP address of the server.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /** TCP port, 1 to 65535. */
  port: number;
  /**
   * Connections, over all Workers.
   *
   * @default {50}
   */
  connections?: number;
  /**
   * Length of the measured time.
   *
   * @default {10000}
   */
  duration?: number;
  /**
   * Time before it under the same load, which is left out of the figures.
   *
   * @default {1000}
   */
  warmup?: number;
  /** Bytes of a request; of a write in a stream. By default 64, and 131072 in a stream. */
  size?: number;
  /** Requests per second over all connections, sent on schedule (open loop). Without it each echo calls for the next request. */
  rate?: number;
  /**
   * Requests that may be under way on one connection.
   *
   * @default {1}
   */
  pipeline?: number;
  /**
   * Whether each request has a connection of its own, whose making, the TLS handshake included, is part of its latency.
   *
   * @default {false}
   */
  churn?: boolean;
  /**
   * Requests that are echoed, or as many bytes as go through.
   *
   * @default {"echo"}
   */
  mode?: BenchMode;
  /**
   * Which way a stream goes: `both` through an echo server, `up` to a discard server, `down` from a chargen server.
   *
   * @default {"both"}
   */
  direction?: StreamDirection;
  /**
   * Threads, each with its share of the connections: 1 is this one; more are Workers, which need `--allow-read` for this
   * library's files.
   *
   * @default {1}
   */
  workers?: number;
  /**
   * Whether each byte of an echo is compared with what was sent.
   *
   * @default {true}
   */
  verify?: boolean;
  /**
   * Time without a byte of an echo that is owed after which a connection has failed.
   *
   * @default {5500}
   */
  timeout?: number;
  /**
   * Time for a connection to be made, its TLS handshake included.
   *
   * @default {3500}
   */
  connectTimeout?: number;
  /** Speaks TLS; with `true` the certificate has to be one that the system trusts, for the hostname. See `ConnectOptions`. */
  tls?: boolean | TlsClientOptions;
  /** Told of each connection that is made and of each failure, at debug; never of requests. */
  logger?: Logger;
  /** Ends the bench early: the result is what was measured until then, and partial. */
  signal?: AbortSignal;
  /** See `ConnectOptions`. */
  noDelay?: boolean;
  /** See `ConnectOptions`. */
  keepAlive?: SocketOptions["keepAlive"];
}

/**
 * The options with their defaults.
 *
 * @throws {RangeError} if a number is out of range.
 * @throws {TypeError} if options exclude each other.
 */
export function askedOf(options: BenchOptions): BenchAsked {
  const { mode = "echo", rate } = options;
  parsePort(String(options.port));
  const asked: BenchAsked = {
    connections: options.connections ?? 50,
    durationMs: options.duration ?? 10_000,
    warmupMs: options.warmup ?? 1000,
    sizeBytes: options.size ?? (mode === "stream" ? 128 * 1024 : 64),
    ratePerSecond: rate ?? null,
    pipeline: options.pipeline ?? 1,
    churn: options.churn ?? false,
    mode,
    direction: mode === "stream" ? options.direction ?? "both" : null,
    workers: options.workers ?? 1,
    verify: options.verify ?? true,
    timeoutMs: options.timeout ?? 5500,
    connectTimeoutMs: options.connectTimeout ?? 3500,
    tls: (options.tls ?? false) !== false,
  };
  for (const name of ["connections", "sizeBytes", "pipeline", "workers"] as const) {
    const value = asked[name];
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`bad ${name} ${value}: use a whole number from 1`);
    }
  }
  for (const name of ["durationMs", "timeoutMs", "connectTimeoutMs"] as const) {
    if (!(asked[name] > 0 && asked[name] < Infinity)) {
      throw new RangeError(`bad ${name} ${asked[name]}: use more than 0`);
    }
  }
  if (!(asked.warmupMs >= 0 && asked.warmupMs < Infinity)) {
    throw new RangeError(`bad warmupMs ${asked.warmupMs}: use 0 or more`);
  }
  if (rate !== undefined && !(rate > 0 && rate < Infinity)) throw new RangeError(`bad rate ${rate}: use more than 0`);
  checkTogether(options, asked);
  return asked;
}

function checkTogether(options: BenchOptions, asked: BenchAsked): void {
  if (asked.mode === "stream") {
    const wrong = asked.churn
      ? "churn"
      : asked.ratePerSecond !== null
      ? "rate"
      : asked.pipeline > 1
      ? "pipeline"
      : undefined;
    if (wrong) throw new TypeError(`${wrong} is about requests, and a stream has none: leave it out`);
  } else if (options.direction !== undefined) {
    throw new TypeError(`direction ${options.direction} is about a stream: set mode to "stream"`);
  }
  if (asked.churn && asked.pipeline > 1) {
    throw new TypeError(`pipeline ${asked.pipeline} needs connections that last: leave out churn`);
  }
}
