/** What {@linkcode createPacer} needs to know. */
export interface PacerOptions {
  /** Requests per second over all connections; above 0, any fraction. */
  readonly ratePerSecond: number;
  /** Connections over all Workers. */
  readonly connections: number;
  /** Which of them this is, from 0. */
  readonly connection: number;
}

/**
 * When the requests of one connection are due in an open loop: a pure function of the time since the begin, so that
 * nothing accumulates. Request `k` of connection `i` of `n` is due at `(k * n + i) / rate` seconds: over all connections
 * that is one every `1 / rate`.
 */
export interface Pacer {
  /** When the connection's request `k`, from 0, is due: milliseconds since the begin. */
  dueAt(k: number): number;
  /** How many of the connection's requests are due when so many milliseconds have passed; one due now is. */
  dueBy(elapsedMs: number): number;
  /** How many are due before: as {@linkcode dueBy}, but one due now is not. What a run of that length owes. */
  dueBefore(elapsedMs: number): number;
}

/**
 * Makes the schedule of one connection. Exact to the double that a time is: `dueBy(dueAt(k))` is `k + 1`,
 * `dueBefore(dueAt(k))` is `k`, as long as no more than 9e12 requests are due over all.
 *
 * @throws {RangeError} if the rate is not above 0, or there is no such connection.
 *
 * @example
 * ```ts
 * import { createPacer } from "@sounder/tcp/measure";
 *
 * const second = createPacer({ ratePerSecond: 1000, connections: 4, connection: 1 });
 * console.log(second.dueAt(0), second.dueAt(1), second.dueBy(10)); // 1 5 3
 * ```
 */
export function createPacer({ ratePerSecond, connections, connection }: PacerOptions): Pacer {
  if (!(ratePerSecond > 0 && ratePerSecond < Infinity)) {
    throw new RangeError(`bad rate ${ratePerSecond}: it must be above 0 and finite`);
  }
  if (!(Number.isInteger(connection) && connection >= 0 && connection < connections && Number.isInteger(connections))) {
    throw new RangeError(`bad connection ${connection} of ${connections}: use whole numbers, counted from 0`);
  }
  const dueAt = (k: number) => ((k * connections + connection) * 1000) / ratePerSecond;
  return {
    dueAt,
    dueBy(elapsedMs) {
      let k = estimate(elapsedMs);
      while (dueAt(k) <= elapsedMs) k++;
      return k;
    },
    dueBefore(elapsedMs) {
      let k = estimate(elapsedMs);
      while (dueAt(k) < elapsedMs) k++;
      return k;
    },
  };

  /** The last one due by its number, which is one less than are due: rounding cannot make it too many, but too few. */
  function estimate(elapsedMs: number): number {
    return Math.max(0, Math.floor(((elapsedMs * ratePerSecond) / 1000 - connection) / connections));
  }
}
