import { textOf } from "../core/text_of.ts";
import { type Address, formatAddress } from "../core/address.ts";
import type { Logger } from "../core/logger.ts";
import { BoundedTelling } from "./bounded_telling.ts";
import type { ServerEndpoint } from "./echo_server.ts";
import type { ServedConnectionInfo, ServedConnectionSummary } from "./served_connection_summary.ts";
import type { FaultPlan } from "./fault_plan.ts";
import { formatFault } from "./parse_fault.ts";
import type { ServeLimits } from "./serve_limits.ts";
import type { LimitReason, RefusalReason, ServerStats } from "./server_stats.ts";
import { Throttle } from "./throttle.ts";

/** Milliseconds between two lines about connections refused or ended for one reason, and about failing to accept any. */
const TELL_INTERVAL = 1000;
const ACCEPT_ERROR_INTERVAL = 60_000;

/** The limits that end connections, in words. */
const LIMITS: Readonly<Record<LimitReason, string>> = {
  idle: "nothing came or went for the idle timeout",
  lifetime: "it had lasted as long as one may",
  bytes: "it had its bytes",
};

function isLimit(reason: string): reason is LimitReason {
  return Object.hasOwn(LIMITS, reason);
}

/** What is told of several connections by the last of them. */
interface BoundedEvent {
  readonly peer: string;
  readonly why: () => string;
}

/** Why connections are refused, in words. */
const REFUSALS: Readonly<Record<RefusalReason, (limits: ServeLimits, error: string) => string>> = {
  access: () => "the access list does not let it in",
  maxConnections: ({ maxConnections }) => `${maxConnections} open at once are the most allowed`,
  maxPerHost: ({ maxPerHost }) => `${maxPerHost} open at once are the most allowed for a host`,
  acceptRate: ({ acceptRate }) => `${acceptRate} a second are the most taken on`,
  handshake: (_, error) => `no TLS handshake: ${error}`,
};

/** What a server tells its logger, and how often. */
export class ServerLog {
  readonly #logger: Logger | undefined;
  /** The same logger where its debug messages go anywhere. */
  readonly #debug: Logger | undefined;
  readonly #tellings = new Map<RefusalReason | LimitReason, BoundedTelling<BoundedEvent>>();
  readonly #acceptErrors = new Throttle(ACCEPT_ERROR_INTERVAL);

  /** @param logger `undefined` tells nobody. */
  constructor(logger: Logger | undefined) {
    this.#logger = logger;
    this.#debug = logger?.debugEnabled === false ? undefined : logger;
  }

  /** The server listens. */
  started({ service, addr, tls }: ServerEndpoint, threads: number): void {
    const inThreads = threads === 1 ? "" : ` in ${threads} threads`;
    this.#logger?.info(() => `started ${service}${tls ? "+tls" : ""} on ${formatAddress(addr)}${inThreads}`, () => ({
      event: "started",
      service,
      address: addr.hostname,
      port: addr.port,
      ...(tls && { tls }),
      ...(threads > 1 && { workers: threads }),
    }));
  }

  /** Faults will be injected: nobody is to take them for the path's. */
  faulty({ faults, seed }: FaultPlan): void {
    const texts = faults.map(formatFault).join(", ");
    this.#logger?.warn(
      () => `injecting faults: ${texts}; seed ${seed}`,
      () => ({ event: "faults", faults: texts, seed }),
    );
  }

  /** Notes that a connection was refused, or ended by a limit. */
  #note(reason: RefusalReason | LimitReason, event: BoundedEvent): void {
    if (!this.#logger) return;
    let telling = this.#tellings.get(reason);
    if (!telling) {
      telling = new BoundedTelling(TELL_INTERVAL, (count, last) => this.#tell(reason, count, last));
      this.#tellings.set(reason, telling);
    }
    telling.note(event);
  }

  #tell(reason: RefusalReason | LimitReason, count: number, { peer, why }: BoundedEvent): void {
    const [level, event] = isLimit(reason) ? ["info", "ended"] as const : ["warn", "refused"] as const;
    this.#logger?.[level](
      () => `${event} ${plural(count, "connection")} of late, the last from ${peer}: ${why()}`,
      () => ({ event, reason, count, peer }),
    );
  }

  /** The server listens no more, and its last connection has ended. */
  stopped({ total, refused, refusedBy, endedBy, faulted, bytesIn, bytesOut, errors }: ServerStats): void {
    for (const telling of this.#tellings.values()) telling.stop();
    const reasons = nonZero({ ...refusedBy });
    const limits = nonZero({ ...endedBy });
    const ended = limits === undefined ? "" : `, ended by limits (${list(limits)})`;
    const faulty = faulted === 0 ? "" : `, ${faulted} with faults`;
    this.#logger?.info(
      () =>
        `stopped: ${plural(total, "connection")}, ${refused} refused${
          reasons ? ` (${list(reasons)})` : ""
        }${ended}${faulty}, ` +
        `${bytesIn} bytes in, ${bytesOut} bytes out`,
      () => ({
        event: "stopped",
        total,
        refused,
        ...prefixed("refused", reasons),
        ...prefixed("ended", limits),
        ...(faulted > 0 && { faulted }),
        bytesIn,
        bytesOut,
        errors,
      }),
    );
  }

  /** A connection begins to be served. */
  accepted({ id, remoteAddr, faults }: ServedConnectionInfo): void {
    if (!this.#debug) return;
    const peer = formatAddress(remoteAddr);
    const drawn = faults?.map(formatFault).join(", ");
    this.#debug.debug(
      () => `accepted connection ${id} from ${peer}${drawn ? `, faults: ${drawn}` : ""}`,
      () => ({ event: "accept", peer, ...(drawn && { faults: drawn }) }),
    );
  }

  /** A connection has ended: told at debug, and one that a limit ended at info as well, at a bounded rate. */
  ended(summary: ServedConnectionSummary): void {
    const { id, reason, remoteAddr, bytesIn, bytesOut } = summary;
    if (isLimit(reason)) this.#note(reason, { peer: remoteAddr.hostname, why: () => LIMITS[reason] });
    if (!this.#debug) return;
    const peer = formatAddress(remoteAddr);
    this.#debug.debug(() => `ended connection ${id} from ${peer}: ${describe(summary)}`, () => ({
      event: "end",
      peer,
      reason,
      bytesIn,
      bytesOut,
    }));
  }

  /** A connection was closed at once: each at debug, and at warn at a bounded rate for each reason. */
  refused(remoteAddr: Address, reason: RefusalReason, limits: ServeLimits, error?: unknown): void {
    const why = () => REFUSALS[reason](limits, error === undefined ? "" : textOf(error));
    const peer = remoteAddr.hostname;
    this.#debug?.debug(() => `refused a connection from ${formatAddress(remoteAddr)}: ${why()}`, () => ({
      event: "refuse",
      peer: formatAddress(remoteAddr),
      reason,
    }));
    this.#note(reason, { peer, why });
  }

  /** The server is open to others than this machine, and nothing bounds what they can take. */
  unguarded(addr: Address): void {
    this.#logger?.warn(
      () =>
        `${formatAddress(addr)} is open to whoever reaches it, who can take all of its bandwidth and descriptors: ` +
        `limit the connections (in all, for a host, a second), or list who may come`,
      () => ({ event: "unguarded", address: addr.hostname, port: addr.port }),
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

/** Those that are not nought; `undefined` where all are. */
function nonZero(counts: Record<string, number>): Record<string, number> | undefined {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** As fields of a log line, which have no further level: `refusedMaxPerHost`. */
function prefixed(prefix: string, counts: Record<string, number> = {}): Record<string, number> {
  const upper = (name: string) => name[0].toUpperCase() + name.slice(1);
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [prefix + upper(name), count]));
}

function list(counts: Record<string, number>): string {
  return Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(", ");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function describe({ reason, bytesIn, bytesOut, durationMs, error }: ServedConnectionSummary): string {
  const why = error === undefined ? reason : `${reason} (${textOf(error)})`;
  return `${why}, ${bytesIn} bytes in, ${bytesOut} bytes out, ${durationMs.toFixed(1)} ms`;
}
