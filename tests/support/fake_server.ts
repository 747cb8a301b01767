import type { ConnectionsOptions, ConnectionState } from "../../lib/echo/connection_state.ts";
import type { ServerStats } from "../../lib/echo/server_stats.ts";
import { connectionOf } from "./server_facts.ts";
import { statsOf } from "./server_stats.ts";

/** What is asked of a server about its connections, answered from a list. */
export class FakeServer {
  /** What it was asked so far. */
  readonly asked: ConnectionsOptions[] = [];
  /** How many connections it has. */
  open: number;

  /** @param open How many connections it has. */
  constructor(open: number) {
    this.open = open;
  }

  get stats(): ServerStats {
    return statsOf({ open: this.open });
  }

  connections(options: ConnectionsOptions): Promise<readonly ConnectionState[]> {
    this.asked.push(options);
    const count = Math.min(this.open, options.limit!);
    const all = Array.from({ length: count }, (_, at) => ({
      ...connectionOf(at + 1, { bytesIn: at }) as unknown as ConnectionState,
      ...(options.tcpInfo && { tcpInfo: { state: "ESTABLISHED" as const, rttUs: at } }),
    }));
    return Promise.resolve(all);
  }
}
