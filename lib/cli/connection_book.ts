import type { ConnectionState } from "../echo/connection_state.ts";
import type { EchoServer } from "../echo/echo_server.ts";
import { RateBook } from "../report/rate_book.ts";
import type { RatedConnection } from "../report/server_facts.ts";

/** Connections looked at most, the oldest: some 10 ms of the thread that serves them, where it was measured. */
export const MOST_LOOKED = 10_000;
/** The same with TCP_INFO, which took 20 to 50 µs a connection where it was measured: again some 10 ms. */
export const MOST_LOOKED_CLOSELY = 250;

/** Milliseconds for which a look is good: so many times a second it is taken at most, however many ask. */
const FRESH_MS = 500;

/** The connections of a server, as they were at one look. */
export interface ConnectionLook {
  /** Those looked at, the oldest first. */
  readonly connections: readonly RatedConnection<ConnectionState>[];
  /** Connections open, those not looked at included. */
  readonly total: number;
}

/** What is asked of the server. */
type Server = Pick<EchoServer, "connections" | "stats">;

/** Looks at the connections of a server for whoever asks, and no oftener than is good for those connections. */
export class ConnectionBook {
  /** The connections with their rates. */
  readonly look: () => Promise<ConnectionLook>;
  /** The same with TCP_INFO, where it is to be had, of the oldest {@linkcode MOST_LOOKED_CLOSELY}. */
  readonly lookClosely: () => Promise<ConnectionLook>;

  /** @param now The clock, in milliseconds. */
  constructor(server: Server, now: () => number = () => performance.now()) {
    const rates = new RateBook();
    this.look = whileFresh(now, async () => {
      const connections = rates.take(await server.connections({ limit: MOST_LOOKED }));
      return { connections, total: Math.max(server.stats.open, connections.length) };
    });
    this.lookClosely = whileFresh(now, async () => {
      const [close, { connections, total }] = await Promise.all([
        server.connections({ limit: MOST_LOOKED_CLOSELY, tcpInfo: true }),
        this.look(),
      ]);
      const infos = new Map(close.map(({ id, tcpInfo }) => [id, tcpInfo]));
      return { connections: connections.map((one) => ({ ...one, tcpInfo: infos.get(one.id) })), total };
    });
  }
}

/** Calls a function, or gives what it gave a moment ago, or is about to give. */
function whileFresh<T>(now: () => number, get: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined;
  let at = -Infinity;
  return () => {
    if (last === undefined || now() - at >= FRESH_MS) {
      at = now();
      last = get();
    }
    return last;
  };
}
