import type { ConnectionFacts, ConnectionRates, RatedConnection, ServerFacts } from "../../lib/report/server_facts.ts";
import { statsOf } from "./server_stats.ts";

/** A server that has served for a while; with what is given in place of that. */
export function factsOf(given: Partial<ServerFacts> = {}): ServerFacts {
  return {
    version: "1.2.3",
    startedAt: 1_700_000_000_250,
    uptimeMs: 62_000,
    stopping: false,
    endpoints: [{ addr: { hostname: "127.0.0.1", port: 9999 }, service: "echo", tls: false }],
    stats: statsOf(),
    residentBytes: 50_000_000,
    ...given,
  };
}

/** A connection from a port of 10000 and its number; with what is given in place of that. */
export function connectionOf(id: number, given: Partial<ConnectionFacts & ConnectionRates> = {}): RatedConnection {
  return {
    id,
    service: "echo",
    localAddr: { hostname: "127.0.0.1", port: 9999 },
    remoteAddr: { hostname: "192.0.2.7", port: 10_000 + id },
    tls: undefined,
    state: "serving",
    ageMs: 1000,
    bytesIn: 0,
    bytesOut: 0,
    bytesInPerSecond: 0,
    bytesOutPerSecond: 0,
    rateMs: 1000,
    ...given,
  };
}
