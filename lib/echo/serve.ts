import type { EchoServer, ServeOptions } from "./echo_server.ts";
import { checkServeOptions } from "./serve_options.ts";
import { threadsOf } from "./serve_threads.ts";
import { Server } from "./server.ts";

/**
 * Starts a server. It listens when the call returns: connecting to `addr` succeeds.
 *
 * Thousands of connections are served at once in one thread; with `workers` in several, which all accept once `ready` has
 * resolved. Nothing that a peer does ends the server: a reset ends that connection alone, and a peer that does not read is
 * not read from.
 *
 * @throws {TypeError} if a service has no such name, or options exclude each other (`onConnection` and `workers`, `endpoints`
 * and `port`); {@linkcode RangeError} if a number is out of range; {@linkcode SyntaxError} if an entry of `allow` or `deny`
 * is no address or network; `Deno.errors.NotSupported` and `Deno.errors.NotCapable` if there can
 * be no `workers` here; what `listen()` throws; and the reason of a signal that is aborted already.
 *
 * @example
 * ```ts
 * import { connectEcho, serve } from "@sounder/tcp";
 *
 * await using server = serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 60_000 });
 * using client = await connectEcho(server.addr);
 * await client.exchange(["data1\n", "data2\n"]);
 * console.log(server.stats.bytesOut); // 12
 * ```
 */
export function serve(options: ServeOptions = {}): EchoServer {
  checkServeOptions(options);
  const threads = threadsOf(options);
  options.signal?.throwIfAborted();
  return new Server(options, threads);
}
