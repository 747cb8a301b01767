import { VERSION } from "../core/version.ts";
import type { EchoServer } from "../echo/echo_server.ts";
import type { ServerFacts } from "../report/server_facts.ts";
import type { StopSignals } from "./stop_signals.ts";

/** What is told of a server that has just begun to serve: a function, for each time it is asked for. */
export function watchServer(server: EchoServer, stop: Pick<StopSignals, "first">): () => ServerFacts {
  const began = performance.now();
  const startedAt = Date.now();
  let isStopping = false;
  void Promise.race([stop.first, server.finished]).then(() => isStopping = true);
  return () => ({
    version: VERSION,
    startedAt,
    uptimeMs: Math.round(performance.now() - began),
    stopping: isStopping || server.failure !== undefined,
    endpoints: server.endpoints,
    stats: server.stats,
    residentBytes: Deno.memoryUsage().rss,
  });
}
