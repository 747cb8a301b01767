import { type Address, formatAddress, parseAddress } from "../core/address.ts";
import { isLoopback } from "../core/is_loopback.ts";
import type { Logger } from "../core/logger.ts";
import { textOf } from "../core/text_of.ts";
import type { EchoServer } from "../echo/echo_server.ts";
import { type HttpHandler, type HttpServer, serveHttp } from "../net/serve_http.ts";
import type { ServerFacts } from "../report/server_facts.ts";
import { adminRoutes } from "./admin_routes.ts";
import { ConnectionBook } from "./connection_book.ts";

/** Options for {@linkcode startAdmin}. */
export interface AdminOptions {
  /** The server, as it is now. */
  facts: () => ServerFacts;
  /** Told where it listens, that this is wider than loopback, and what fails. */
  logger: Logger;
}

/** A server that tells of another one, over HTTP. */
export type AdminServer = HttpServer;

/** Port where none is given: there is none that would do. */
const NO_PORT = -1;

/**
 * Reads the address of `--admin`: `ADDR:PORT`, or `:PORT` or `PORT` on 127.0.0.1.
 *
 * @throws {SyntaxError} if it is none of these.
 * @throws {RangeError} if the port is not between 0 and 65535.
 */
export function parseAdmin(text: string): Address {
  const address = parseAddress(text, { defaultPort: NO_PORT });
  if (address.port !== NO_PORT) return address;
  throw new SyntaxError(
    `bad address "${text}": its port is missing, write ${formatAddress({ ...address, port: 9090 })}`,
  );
}

/**
 * Starts the HTTP server that tells of an echo server: health, metrics, connections, and a page that draws them.
 *
 * @throws {Error} if it cannot listen there; {@linkcode Deno.errors.NotCapable} without the net permission.
 */
export function startAdmin(server: EchoServer, address: Address, { facts, logger }: AdminOptions): AdminServer {
  const routes = adminRoutes({ facts, book: new ConnectionBook(server), hostname: address.hostname });
  const admin = listen(address, routes, logger);
  const { hostname, port } = admin.addr;
  logger.info(
    () => `admin on http://${formatAddress(admin.addr)}/`,
    () => ({ event: "admin", address: hostname, port }),
  );
  if (!isLoopback(hostname)) {
    logger.warn(() =>
      `admin on ${formatAddress(admin.addr)} tells whoever reaches it the addresses of all peers: it has no password`
    );
  }
  return admin;
}

function listen(address: Address, handler: HttpHandler, logger: Logger): HttpServer {
  const onError = (error: unknown) => logger.error(() => `admin: ${textOf(error)}`, () => ({ event: "admin-failed" }));
  try {
    return serveHttp(address, handler, { onError });
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new Error(`--admin: ${textOf(error)}: give another address or port`, { cause: error });
  }
}
