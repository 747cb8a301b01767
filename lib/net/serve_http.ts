import { type Address, formatAddress } from "../core/address.ts";
import { delay } from "../core/delay.ts";
import { formatIp, parseIp } from "../core/ip_address.ts";
import { listenErrorOf } from "./listen_error.ts";

/** Answers a request. `sent` resolves once the response has gone out, or its peer is gone. */
export type HttpHandler = (request: Request, sent: Promise<void>) => Response | Promise<Response>;

/** Options for {@linkcode serveHttp}. */
export interface ServeHttpOptions {
  /**
   * Told what a handler threw (whoever asked is answered 500 and nothing of it), and when the server cannot accept any more,
   * for want of descriptors: it then stops listening, and goes on by itself.
   */
  onError: (error: unknown) => void;
}

/** A running HTTP server. */
export interface HttpServer extends AsyncDisposable {
  /** The address bound, with the port that was chosen for port 0. */
  readonly addr: Address;
  /** Stops listening and cuts every connection; resolves when that is done. */
  close(): Promise<void>;
}

/**
 * Serves HTTP at an address. HTTP itself is Deno's: this adds errors that name the address, and takes away what Deno prints,
 * and its variable DENO_SERVE_ADDRESS, which would move the server elsewhere.
 *
 * @throws {Error} if it cannot listen there, as `listen()` does.
 */
export function serveHttp(address: Address, handler: HttpHandler, { onError }: ServeHttpOptions): HttpServer {
  const { hostname, port } = address;
  const end = new AbortController();
  const listenAt = (port: number) =>
    Deno.serve({
      hostname,
      port,
      signal: end.signal,
      onListen: () => {},
      onError: (error) => {
        onError(error);
        return new Response("internal error\n", { status: 500 });
      },
    }, (request, { completed }) => handler(request, completed.catch(() => {})));
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = listenAt(port);
  } catch (error) {
    throw listenErrorOf(error, hostname, port);
  }
  const addr = { hostname: server.addr.hostname, port: server.addr.port };
  // Deno's server ends, and rejects, when it cannot accept: short of descriptors (EMFILE), it is begun again.
  const running = keepServing(server, () => listenAt(addr.port), onError, end.signal);
  // Not Deno's own shutdown(): that waits without end for a peer that does not read.
  const close = async () => {
    end.abort();
    await running;
  };
  if (isElsewhere(addr, address)) {
    void close();
    throw new Error(
      `cannot listen on ${formatAddress(address)}: DENO_SERVE_ADDRESS in the environment says elsewhere, unset it`,
    );
  }
  return { addr, close, [Symbol.asyncDispose]: close };
}

/** First and longest wait in milliseconds before a server that failed is begun again. */
const FIRST_WAIT = 5;
const LONGEST_WAIT = 1000;

/** Waits for the end of a server; one that fails before the signal is begun again, 5 ms doubling to 1 s later. Never rejects. */
async function keepServing(
  server: Deno.HttpServer,
  again: () => Deno.HttpServer,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let wait = FIRST_WAIT; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    const since = performance.now();
    try {
      await server.finished;
      return;
    } catch (error) {
      // Once it has served for a while, the trouble is a new one.
      if (performance.now() - since > LONGEST_WAIT) wait = FIRST_WAIT;
      if (wait === FIRST_WAIT) onError(error);
    }
    await delay(wait, signal);
    try {
      if (!signal.aborted) server = again();
    } catch {
      // Nothing to listen with yet: `finished` of the one before rejects again, and it is tried later.
    }
  }
}

/** Whether what was bound is not what was asked for; where that was a name, only the port can tell. */
function isElsewhere(bound: Partial<Address>, asked: Address): boolean {
  if (asked.port !== 0 && bound.port !== asked.port) return true;
  const [is, want] = [parseIp(bound.hostname ?? ""), parseIp(asked.hostname)];
  return !is || (want !== undefined && formatIp(is) !== formatIp(want));
}
