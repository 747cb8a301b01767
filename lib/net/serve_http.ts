import { type Address, formatAddress } from "../core/address.ts";
import { formatIp, parseIp } from "../core/ip_address.ts";
import { listenErrorOf } from "./listen_error.ts";

/** Answers a request. `sent` resolves once the response has gone out, or its peer is gone. */
export type HttpHandler = (request: Request, sent: Promise<void>) => Response | Promise<Response>;

/** Options for {@linkcode serveHttp}. */
export interface ServeHttpOptions {
  /** Told what a handler threw; whoever asked is answered 500 and nothing of it. */
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
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({
      hostname,
      port,
      signal: end.signal,
      onListen: () => {},
      onError: (error) => {
        onError(error);
        return new Response("internal error\n", { status: 500 });
      },
    }, (request, { completed }) => handler(request, completed.catch(() => {})));
  } catch (error) {
    throw listenErrorOf(error, hostname, port);
  }
  const addr = { hostname: server.addr.hostname, port: server.addr.port };
  // Not Deno's own shutdown(): that waits without end for a peer that does not read.
  const close = async () => {
    end.abort();
    await server.finished;
  };
  if (isElsewhere(addr, address)) {
    void close();
    throw new Error(
      `cannot listen on ${formatAddress(address)}: DENO_SERVE_ADDRESS in the environment says elsewhere, unset it`,
    );
  }
  return { addr, close, [Symbol.asyncDispose]: close };
}

/** Whether what was bound is not what was asked for; where that was a name, only the port can tell. */
function isElsewhere(bound: Partial<Address>, asked: Address): boolean {
  if (asked.port !== 0 && bound.port !== asked.port) return true;
  const [is, want] = [parseIp(bound.hostname ?? ""), parseIp(asked.hostname)];
  return !is || (want !== undefined && formatIp(is) !== formatIp(want));
}
