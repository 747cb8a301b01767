import { textOf } from "../core/text_of.ts";
import { type Address, formatAddress } from "../core/address.ts";
import type { Logger } from "../core/logger.ts";
import type { ServerStats } from "./echo_server.ts";
import type { ServedConnectionInfo, ServedConnectionSummary } from "./served_connection.ts";
import type { ServiceName } from "./service.ts";
import { Throttle } from "./throttle.ts";

/** Milliseconds between two lines about refused connections, and about failing to accept any. */
const REFUSED_INTERVAL = 1000;
const ACCEPT_ERROR_INTERVAL = 60_000;

/** What a server tells its logger, and how often. */
export class ServerLog {
  readonly #logger: Logger | undefined;
  /** The same logger where its debug messages go anywhere. */
  readonly #debug: Logger | undefined;
  readonly #refusals = new Throttle(REFUSED_INTERVAL);
  readonly #acceptErrors = new Throttle(ACCEPT_ERROR_INTERVAL);

  /** @param logger `undefined` tells nobody. */
  constructor(logger: Logger | undefined) {
    this.#logger = logger;
    this.#debug = logger?.debugEnabled === false ? undefined : logger;
  }

  /** The server listens. */
  started(service: ServiceName, addr: Address, threads: number): void {
    const inThreads = threads === 1 ? "" : ` in ${threads} threads`;
    this.#logger?.info(() => `started ${service} on ${formatAddress(addr)}${inThreads}`, () => ({
      event: "started",
      service,
      address: addr.hostname,
      port: addr.port,
      ...(threads > 1 && { workers: threads }),
    }));
  }

  /** The server listens no more, and its last connection has ended. */
  stopped({ total, refused, bytesIn, bytesOut, errors }: ServerStats): void {
    this.#logger?.info(
      () => `stopped: ${plural(total, "connection")}, ${refused} refused, ${bytesIn} bytes in, ${bytesOut} bytes out`,
      () => ({ event: "stopped", total, refused, bytesIn, bytesOut, errors }),
    );
  }

  /** A connection begins to be served. */
  accepted({ id, remoteAddr }: ServedConnectionInfo): void {
    if (!this.#debug) return;
    const peer = formatAddress(remoteAddr);
    this.#debug.debug(() => `accepted connection ${id} from ${peer}`, () => ({ event: "accept", peer }));
  }

  /** A connection has ended. */
  ended(summary: ServedConnectionSummary): void {
    if (!this.#debug) return;
    const { id, reason, bytesIn, bytesOut } = summary;
    const peer = formatAddress(summary.remoteAddr);
    this.#debug.debug(() => `ended connection ${id} from ${peer}: ${describe(summary)}`, () => ({
      event: "end",
      peer,
      reason,
      bytesIn,
      bytesOut,
    }));
  }

  /** A connection was closed at once, since `open` are open already: each at debug, and at warn at a bounded rate. */
  refused(peer: Address, open: number): void {
    this.#debug?.debug(() => `refused a connection from ${formatAddress(peer)}`, () => ({
      event: "refuse",
      peer: formatAddress(peer),
    }));
    const count = this.#refusals.admit(performance.now());
    if (count === 0) return;
    this.#logger?.warn(
      () => `refused ${plural(count, "connection")} of late: ${open} open at once are the most allowed`,
      () => ({ event: "refused", count, open }),
    );
  }

  /** No connection could be accepted. Told at a bounded rate. */
  acceptFailed(error: unknown): void {
    if (this.#acceptErrors.admit(performance.now()) === 0) return;
    this.#logger?.warn(
      () => `cannot accept connections, trying on: ${textOf(error)}`,
      () => ({ event: "accept-error" }),
    );
  }

  /** Something failed here, in a service or in a callback. */
  failed(error: unknown): void {
    this.#logger?.error(() => textOf(error), () => ({ event: "error" }));
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function describe({ reason, bytesIn, bytesOut, durationMs, error }: ServedConnectionSummary): string {
  const why = error === undefined ? reason : `${reason} (${textOf(error)})`;
  return `${why}, ${bytesIn} bytes in, ${bytesOut} bytes out, ${durationMs.toFixed(1)} ms`;
}
