import type { ConnectionFacts, ConnectionRates, RatedConnection } from "./server_facts.ts";

/** What the look before knew of a connection. */
type Earlier = Pick<ConnectionFacts, "ageMs" | "bytesIn" | "bytesOut">;

/**
 * Makes rates of what several looks at the connections of a server counted. A rate is over the time from one look to the
 * next, by the connection's own age, which is of the same moment as its bytes; of one that is new, since it was accepted.
 */
export class RateBook {
  #earlier = new Map<number, Earlier>();

  /** Takes a look: all connections that there are now. Those that are not among them are forgotten. */
  take<C extends ConnectionFacts>(connections: readonly C[]): RatedConnection<C>[] {
    const now = new Map<number, Earlier>();
    const rated = connections.map((connection) => {
      const { id, ageMs, bytesIn, bytesOut } = connection;
      now.set(id, { ageMs, bytesIn, bytesOut });
      return { ...connection, ...ratesSince(this.#earlier.get(id), connection) };
    });
    this.#earlier = now;
    return rated;
  }
}

const ACCEPTED: Earlier = { ageMs: 0, bytesIn: 0, bytesOut: 0 };

function ratesSince(earlier = ACCEPTED, { ageMs, bytesIn, bytesOut }: ConnectionFacts): ConnectionRates {
  const rateMs = ageMs - earlier.ageMs;
  const perSecond = (bytes: number) => rateMs > 0 ? Math.round(bytes / rateMs * 1000) : 0;
  return {
    bytesInPerSecond: perSecond(bytesIn - earlier.bytesIn),
    bytesOutPerSecond: perSecond(bytesOut - earlier.bytesOut),
    rateMs,
  };
}

/** Those that most bytes go through, in both directions together, first; among equals the older one. */
export function busiestFirst<C extends ConnectionFacts>(
  connections: readonly RatedConnection<C>[],
): RatedConnection<C>[] {
  const rate = (one: ConnectionRates) => one.bytesInPerSecond + one.bytesOutPerSecond;
  return connections.toSorted((a, b) => rate(b) - rate(a) || a.id - b.id);
}
