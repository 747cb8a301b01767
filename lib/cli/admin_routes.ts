import { formatAddress } from "../core/address.ts";
import { parseIp } from "../core/ip_address.ts";
import type { ConnectionState } from "../echo/connection_state.ts";
import { formatFault } from "../echo/parse_fault.ts";
import { adminPage } from "../report/admin_page.ts";
import { PROMETHEUS_TYPE, prometheusText } from "../report/prometheus.ts";
import { busiestFirst } from "../report/rate_book.ts";
import type { RatedConnection, ServerFacts } from "../report/server_facts.ts";
import { SCHEMA } from "./command_context.ts";
import { type ConnectionBook, MOST_LOOKED } from "./connection_book.ts";

/** What the routes answer from. */
export interface AdminSource {
  /** The server, as it is now. */
  facts(): ServerFacts;
  /** Its connections. */
  readonly book: Pick<ConnectionBook, "look" | "lookClosely">;
  /** The name that the admin server was bound by, which its own page may be asked for by. */
  readonly hostname: string;
}

/** Connections told where no `limit` says how many. */
const DEFAULT_LIMIT = 1000;
/** Requests that are being answered at most: each may hold a list of connections. */
const MOST_AT_ONCE = 32;

/** One path. */
interface Route {
  /** Answers. */
  answer(url: URL): Response | Promise<Response>;
  /**
   * Whether a monitor calls it, by whichever name it knows this machine by: it tells nothing of peers, and costs so little
   * that it is answered however busy the others are.
   */
  readonly open?: boolean;
}

/**
 * What the admin server answers: GET and HEAD only, nothing that a browser would keep or another page's script may read. The
 * function takes a request, and a promise that the response has gone out.
 */
export function adminRoutes(source: AdminSource): (request: Request, sent: Promise<void>) => Promise<Response> {
  const routes = routesOf(source);
  let busy = 0;
  return async (request, sent) => {
    // Deno makes it of the Host header, whatever that is.
    const url = URL.parse(request.url);
    if (!url) return text(400, "bad Host or path: ask by IP address, localhost, or the name given to --admin");
    const route = routes.get(url.pathname);
    const refusal = refuse(request, url, route, source.hostname, routes);
    if (refusal) return refusal;
    if (!route!.open && busy >= MOST_AT_ONCE) return text(503, `busy with ${MOST_AT_ONCE} requests: ask again later`);
    busy++;
    void sent.finally(() => busy--);
    const response = await route!.answer(url);
    return request.method === "HEAD" ? new Response(null, response) : response;
  };
}

function routesOf({ facts, book }: AdminSource): Map<string, Route> {
  const routes: Record<string, Route> = {
    "/": { answer: page },
    "/healthz": { answer: () => facts().stopping ? text(503, "stopping") : text(200, "ok"), open: true },
    "/metrics": { answer: () => reply(200, prometheusText(facts()), PROMETHEUS_TYPE), open: true },
    "/stats": { answer: () => json(statsJson(facts())) },
    "/connections": { answer: (url) => connections(book, url.searchParams) },
  };
  return new Map(Object.entries(routes));
}

/** What is answered to a request that is not for a route, not to be done, or not for this server; undefined if it is fine. */
function refuse(
  { method, headers }: Request,
  url: URL,
  route: Route | undefined,
  hostname: string,
  routes: ReadonlyMap<string, Route>,
): Response | undefined {
  if (route === undefined) return text(404, `nothing at ${url.pathname}: ask for ${[...routes.keys()].join(", ")}`);
  if (method !== "GET" && method !== "HEAD") {
    return text(405, `${method} is not for this server: it takes GET and HEAD`, { allow: "GET, HEAD" });
  }
  const host = headers.get("host") ?? url.host;
  if (!route.open && !isOwnName(host, hostname)) {
    return text(421, `not the server of "${host}": ask by IP address, localhost, or the name given to --admin`);
  }
}

/**
 * Whether a `Host` can be one of this server's. A page from elsewhere can have its own name resolve to 127.0.0.1 and then ask
 * what is there as if it were its own server (DNS rebinding); its browser names it here.
 */
function isOwnName(host: string, hostname: string): boolean {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  const bare = /^\[(.*)\]$/.exec(name)?.[1] ?? name;
  return bare === "localhost" || bare === hostname.toLowerCase() || parseIp(bare) !== undefined;
}

async function page(): Promise<Response> {
  const { html, policy } = await adminPage();
  return reply(200, html, "text/html; charset=utf-8", { "content-security-policy": policy });
}

/** `/stats`: what the page draws, for scripts as well. */
function statsJson({ endpoints, startedAt, stats, ...rest }: ServerFacts): Record<string, unknown> {
  return {
    ...rest,
    startedAt: new Date(startedAt).toISOString(),
    endpoints: endpoints.map(({ addr, service, tls }) => ({ address: addr.hostname, port: addr.port, service, tls })),
    ...stats,
  };
}

/** `/connections?limit=N&sort=age|rate&tcpInfo=1`. */
async function connections(book: AdminSource["book"], query: URLSearchParams): Promise<Response> {
  const bad = badQuery(query);
  if (bad) return text(400, bad);
  const closely = query.get("tcpInfo") === "1";
  const look = await (closely ? book.lookClosely() : book.look());
  const sorted = query.get("sort") === "rate" ? busiestFirst(look.connections) : look.connections;
  const shown = sorted.slice(0, Number(query.get("limit") ?? DEFAULT_LIMIT));
  return json({ total: look.total, lookedAt: look.connections.length, connections: shown.map(connectionJson) });
}

/** What each member of a query may be. */
const QUERY: Readonly<Record<string, readonly [pattern: RegExp, remedy: string]>> = {
  limit: [/^[1-9]\d{0,4}$/, `use a whole number from 1 to ${MOST_LOOKED}`],
  sort: [/^(age|rate)$/, "use age or rate"],
  tcpInfo: [/^[01]$/, "use 1 or 0"],
};

function badQuery(query: URLSearchParams): string | undefined {
  for (const [name, value] of query) {
    if (!Object.hasOwn(QUERY, name)) return `unknown parameter "${name}": use ${Object.keys(QUERY).join(", ")}`;
    const [pattern, remedy] = QUERY[name];
    if (!pattern.test(value) || (name === "limit" && Number(value) > MOST_LOOKED)) {
      return `bad ${name} "${value}": ${remedy}`;
    }
  }
}

function connectionJson(connection: RatedConnection<ConnectionState>): Record<string, unknown> {
  const { id, service, tls, state, ageMs, bytesIn, bytesOut, rateMs, tcpInfo } = connection;
  return {
    id,
    peer: formatAddress(connection.remoteAddr),
    local: formatAddress(connection.localAddr),
    service,
    tls: tls?.version ?? null,
    state,
    ageMs: Math.round(ageMs),
    bytesIn,
    bytesOut,
    bytesInPerSecond: connection.bytesInPerSecond,
    bytesOutPerSecond: connection.bytesOutPerSecond,
    rateMs: Math.round(rateMs),
    ...(connection.faults && { faults: connection.faults.map(formatFault) }),
    ...(tcpInfo && { tcpInfo }),
  };
}

function text(status: number, line: string, headers: Record<string, string> = {}): Response {
  return reply(status, `${line}\n`, "text/plain; charset=utf-8", headers);
}

function json(value: Record<string, unknown>): Response {
  return reply(200, JSON.stringify({ schema: SCHEMA, ...value }) + "\n", "application/json");
}

function reply(status: number, body: string, type: string, headers: Record<string, string> = {}): Response {
  const bytes = new Blob([body]);
  // As a stream, so that a response counts as under way until its peer has taken it.
  return new Response(bytes.stream(), {
    status,
    headers: {
      "content-type": type,
      "content-length": String(bytes.size),
      // Not compressed either: that would be done on the thread that serves.
      "cache-control": "no-store, no-transform",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      ...headers,
    },
  });
}
