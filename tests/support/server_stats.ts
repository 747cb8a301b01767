import type { ServerStats } from "../../lib/echo/server_stats.ts";

/** The statistics of a server: all at nought but for those given, and `refused` the sum of its reasons. */
export function statsOf(
  given: Partial<ServerStats> = {},
  refused: Partial<ServerStats["refusedBy"]> = {},
): ServerStats {
  const refusedBy = { access: 0, maxConnections: 0, maxPerHost: 0, acceptRate: 0, handshake: 0, ...refused };
  return {
    open: 0,
    total: 0,
    refused: Object.values(refusedBy).reduce((sum, count) => sum + count),
    refusedBy,
    endedBy: { idle: 0, lifetime: 0, bytes: 0 },
    pauses: 0,
    faulted: 0,
    bytesIn: 0,
    bytesOut: 0,
    errors: 0,
    ...given,
  };
}
