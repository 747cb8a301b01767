import type { AccessList, AccessRules } from "../core/access_list.ts";
import type { HostCounts } from "../core/host_counts.ts";
import { RateLimit } from "../core/rate_limit.ts";
import { accessListOf, type ServeLimits } from "./serve_limits.ts";
import type { RefusalReason } from "./server_stats.ts";
import type { ServerTotals } from "./server_totals.ts";

/** Whom one thread of a server lets in. */
export class Admission {
  readonly #limits: ServeLimits;
  readonly #totals: ServerTotals;
  readonly #thread: number;
  readonly #hosts: HostCounts | undefined;
  readonly #rate: RateLimit | undefined;
  readonly #now: () => number;
  #access: AccessList | undefined;

  /**
   * @param limits The server's.
   * @param shared What all its threads count, and the clock that they have in common; `hosts` where there is a
   * `maxPerHost`.
   */
  constructor(limits: ServeLimits, shared: AdmissionShared) {
    const { acceptRate } = limits;
    this.#limits = limits;
    this.#totals = shared.totals;
    this.#thread = shared.thread;
    this.#hosts = limits.maxPerHost === undefined ? undefined : shared.hosts;
    this.#now = shared.now;
    // A burst of a second's worth: less than one connection could never come.
    this.#rate = acceptRate === undefined ? undefined : new RateLimit({
      perSecond: acceptRate,
      burst: Math.max(1, Math.floor(acceptRate)),
      cell: shared.totals.rateCell("accept"),
    });
    this.#access = accessListOf(limits);
  }

  /** Replaces the access list, for those to come. */
  set access(rules: AccessRules) {
    this.#access = accessListOf(rules);
  }

  /**
   * Counts a connection in, if it may come.
   *
   * @returns Why it may not; `undefined` if it may, and then {@linkcode leave} is to be called at its end.
   */
  admit(hostname: string): RefusalReason | undefined {
    if (this.#access?.permits(hostname) === false) return "access";
    const { maxConnections, maxPerHost = Infinity } = this.#limits;
    if (this.#hosts?.enter(hostname, maxPerHost) === false) return "maxPerHost";
    if (!this.#totals.enter(this.#thread, maxConnections)) {
      this.#hosts?.leave(hostname);
      return "maxConnections";
    }
    // Last, so that a host that is refused anyway does not use up what others may have.
    if (this.#rate?.tryTake(1, this.#now()) === false) {
      this.leave(hostname);
      return "acceptRate";
    }
  }

  /** Counts a connection out. */
  leave(hostname: string): void {
    this.#totals.leave(this.#thread);
    this.#hosts?.leave(hostname);
  }
}

/** What the threads of a server share, to let in and to keep out. */
export interface AdmissionShared {
  /** What all threads count. */
  readonly totals: ServerTotals;
  /** Which of them this is, from 0. */
  readonly thread: number;
  /** The connections of each host. */
  readonly hosts: HostCounts | undefined;
  /** Milliseconds, on a clock common to all threads. */
  readonly now: () => number;
}
