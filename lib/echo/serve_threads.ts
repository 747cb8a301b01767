import { checkWorkerModule } from "../core/check_worker_module.ts";
import { isThreadCount, MOST_THREADS } from "../core/threads.ts";
import { listen, type Listener, type ListenOptions } from "../net/listen.ts";
import { parseIp } from "../socket/sockaddr.ts";
import { SOCKET_OPTION_ROWS } from "../socket/options.ts";
import type { ServeEndpoint, ServeOptions } from "./echo_server.ts";

/**
 * How many threads a server is to have.
 *
 * @throws {RangeError} if that is no number of threads.
 * @throws {TypeError} if an option excludes more than one.
 * @throws {Deno.errors.NotSupported} if there can be no more than one here.
 * @throws {Deno.errors.NotCapable} if the permission for more is missing.
 */
export function threadsOf({ workers = 1, onConnection }: ServeOptions): number {
  if (workers !== "auto" && !isThreadCount(workers)) {
    throw new RangeError(
      `cannot serve with ${workers} workers: use a whole number from 1 to ${MOST_THREADS}, or "auto"`,
    );
  }
  // Whatever "auto" comes to here: a program must not depend on the machine that it was written on.
  if (workers !== 1 && onConnection) {
    throw new TypeError(
      `cannot call onConnection with ${workers} workers: a connection does not leave its thread, use onClose or 1 worker`,
    );
  }
  const threads = workers === "auto" ? navigator.hardwareConcurrency : workers;
  if (threads > 1) checkThreads(threads);
  return threads;
}

function checkThreads(threads: number): void {
  const cannot = `cannot serve with ${threads} workers`;
  if (Deno.build.os !== "linux") {
    throw new Deno.errors.NotSupported(`${cannot}: threads can share a port on Linux only, use 1 on ${Deno.build.os}`);
  }
  // Without the unstable flag Deno ends the whole process on `reusePort: true` (exit code 70); nothing can catch that.
  if (!("listenDatagram" in Deno)) {
    throw new Deno.errors.NotSupported(
      `${cannot}: to share a port Deno needs --unstable-net (or "unstable": ["net"] in deno.json)`,
    );
  }
  checkWorkerModule(
    new URL("./serve_worker.ts", import.meta.url),
    "run Deno with --allow-read (of Sounder's folder lib at least)",
  );
}

/**
 * Listens at each endpoint, so that further threads can listen there as well; or, where it cannot at one, at none.
 *
 * @throws what `listen()` throws: `AddrInUse` also where others would share the port, unless `reusePort` is asked for.
 */
export function listenAll(
  options: ServeOptions,
  endpoints: readonly ServeEndpoint[],
  threads: number,
): readonly Listener[] {
  const listeners: Listener[] = [];
  try {
    for (const { hostname, port } of endpoints) {
      const own = { ...options, hostname, port };
      listeners.push(threads === 1 ? listen(own) : listenFirst(own));
    }
    return listeners;
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
}

function listenFirst(options: ListenOptions): Listener {
  const { hostname, port, reusePort } = options;
  // A second server that was started by mistake would get half of the connections. The kernel picks no port that is in use.
  if (!reusePort && port) listen({ hostname, port }).close();
  return listen({ ...options, reusePort: true });
}

/** How the further threads listen at an endpoint: as the first one, by what a Worker can be given. */
export function listenPlan(options: ServeOptions, hostname: string | undefined, { addr }: Listener): ListenOptions {
  const names = new Set(SOCKET_OPTION_ROWS.filter(({ server }) => server).map(({ name }) => name.replace(/\..*/, "")));
  const listenOptions = Object.fromEntries(
    Object.entries(options).filter(([name]) => names.has(name) || name === "raw"),
  );
  // A name may have several addresses, and one that was bound may have lost its zone (fe80::1%eth0).
  const bound = hostname && parseIp(hostname) ? hostname : addr.hostname;
  return { ...listenOptions, hostname: bound, port: addr.port, reusePort: true };
}
