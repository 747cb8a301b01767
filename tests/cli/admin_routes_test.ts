import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { adminRoutes } from "../../lib/cli/admin_routes.ts";
import { ConnectionBook } from "../../lib/cli/connection_book.ts";
import type { ServerFacts } from "../../lib/report/server_facts.ts";
import { FakeServer } from "../support/fake_server.ts";
import { factsOf } from "../support/server_facts.ts";
import { statsOf } from "../support/server_stats.ts";

const SENT = Promise.resolve();
const NEVER = new Promise<void>(() => {});

/** Routes over a server of so many connections. */
function routes(open = 3, facts: Partial<ServerFacts> = {}, hostname = "sounder.example") {
  return adminRoutes({ facts: () => factsOf(facts), book: new ConnectionBook(new FakeServer(open)), hostname });
}

/** Asks for a path, by an IP address unless a host is given. */
async function ask(
  path: string,
  { host, method, to = routes() }: { host?: string; method?: string; to?: ReturnType<typeof routes> } = {},
) {
  const request = new Request(`http://127.0.0.1:9090${path}`, { method, ...(host && { headers: { host } }) });
  const { status, headers, ...response } = await answer(to, request);
  return { status, headers, text: response.text };
}

async function answer(to: ReturnType<typeof routes>, request: Request) {
  const response = await to(request, SENT);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

Deno.test("admin: health is ok, and 503 once the end has begun", async () => {
  const { status, text } = await ask("/healthz");
  assertEquals([status, text], [200, "ok\n"]);
  const stopping = await ask("/healthz", { to: routes(0, { stopping: true }) });
  assertEquals([stopping.status, stopping.text], [503, "stopping\n"]);
});

Deno.test("admin: metrics are what Prometheus asks for", async () => {
  const { status, headers, text } = await ask("/metrics", { to: routes(0, { stats: statsOf({ total: 7 }) }) });
  assertEquals([status, headers.get("content-type")], [200, "text/plain; version=0.0.4; charset=utf-8"]);
  assertStringIncludes(text, "\nsounder_connections_total 7\n");
});

Deno.test("admin: /stats is what the server has done so far", async () => {
  const { headers, text } = await ask("/stats", { to: routes(0, { stats: statsOf({ bytesIn: 5 }, { access: 2 }) }) });
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(JSON.parse(text), {
    schema: 1,
    version: "1.2.3",
    startedAt: "2023-11-14T22:13:20.250Z",
    uptimeMs: 62_000,
    stopping: false,
    residentBytes: 50_000_000,
    endpoints: [{ address: "127.0.0.1", port: 9999, service: "echo", tls: false }],
    ...statsOf({ bytesIn: 5 }, { access: 2 }),
  });
});

Deno.test("admin: /connections has as many as asked for, the oldest or the busiest first, and how many there are", async () => {
  const ids = async (query: string) => {
    const { total, lookedAt, connections } = JSON.parse((await ask(`/connections${query}`, { to: routes(1200) })).text);
    return [total, lookedAt, connections.length, connections[0].id];
  };
  assertEquals(await ids(""), [1200, 1200, 1000, 1]);
  assertEquals(await ids("?limit=10000&sort=age"), [1200, 1200, 1200, 1]);
  assertEquals(await ids("?limit=2&sort=rate"), [1200, 1200, 2, 1200]);
});

Deno.test("admin: a connection has its ends, age, bytes, rates, state; TCP_INFO where asked for", async () => {
  const get = async (query: string) => JSON.parse((await ask(`/connections${query}`)).text).connections[2];
  const told = {
    id: 3,
    peer: "192.0.2.7:10003",
    local: "127.0.0.1:9999",
    service: "echo",
    tls: null,
    state: "serving",
    ageMs: 1000,
    bytesIn: 2,
    bytesOut: 0,
    bytesInPerSecond: 2,
    bytesOutPerSecond: 0,
    rateMs: 1000,
  };
  assertEquals(await get(""), told);
  assertEquals(await get("?tcpInfo=0"), told);
  assertEquals(await get("?tcpInfo=1"), { ...told, tcpInfo: { state: "ESTABLISHED", rttUs: 2 } });
});

Deno.test("admin: a wrong query is told what would do", async () => {
  for (const limit of ["0", "-1", "x", "", "10001", "1e3", "99999999999999999999"]) {
    const { status, text } = await ask(`/connections?limit=${limit}`);
    assertEquals([status, text], [400, `bad limit "${limit}": use a whole number from 1 to 10000\n`]);
  }
  assertEquals((await ask("/connections?sort=size")).text, 'bad sort "size": use age or rate\n');
  assertEquals((await ask("/connections?tcpInfo=yes")).text, 'bad tcpInfo "yes": use 1 or 0\n');
  assertEquals((await ask("/connections?toString=1")).text, 'unknown parameter "toString": use limit, sort, tcpInfo\n');
});

Deno.test("admin: GET and HEAD only, paths that there are only", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const { status, headers } = await ask("/stats", { method });
    assertEquals([status, headers.get("allow")], [405, "GET, HEAD"]);
  }
  const head = await ask("/stats", { method: "HEAD" });
  const { text } = await ask("/stats");
  assertEquals([head.status, head.text, head.headers.get("content-length")], [200, "", String(text.length)]);
  const missing = await ask("/constructor");
  assertEquals(missing.status, 404);
  assertEquals(missing.text, "nothing at /constructor: ask for /, /healthz, /metrics, /stats, /connections\n");
});

Deno.test("admin: what tells of peers is not told to a page that has another name for this address", async () => {
  const own = [
    "127.0.0.1",
    "127.0.0.1:9090",
    "[::1]:9090",
    "[fe80::1]",
    "localhost:9090",
    "LOCALHOST",
    "Sounder.Example:80",
  ];
  for (const path of ["/", "/stats", "/connections"]) {
    for (const host of own) assertEquals((await ask(path, { host })).status, 200, `${path} ${host}`);
    for (
      const host of ["evil.example:9090", "localhost.evil.example", "127.0.0.1.evil.example", "x:9090", "[x]", "1.2.3"]
    ) {
      const { status, text } = await ask(path, { host });
      assertEquals(status, 421, `${path} ${host}`);
      assertStringIncludes(
        text,
        `not the server of "${host}": ask by IP address, localhost, or the name given to --admin`,
      );
    }
  }
  // A monitor knows this machine by a name of its own.
  for (const path of ["/healthz", "/metrics"]) assertEquals((await ask(path, { host: "sounder:9090" })).status, 200);
});

Deno.test("admin: nothing is kept, compressed, sniffed, or read by another origin's script", async () => {
  for (const path of ["/", "/healthz", "/metrics", "/stats", "/connections", "/nothing"]) {
    const { headers } = await ask(path);
    assertEquals(headers.get("cache-control"), "no-store, no-transform");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    assertEquals(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("admin: the page may run what stands in it, ask its own server, and nothing else", async () => {
  const { headers, text } = await ask("/");
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  assertMatch(
    headers.get("content-security-policy")!,
    /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; connect-src 'self'; img-src data:; /,
  );
  assertEquals(text.match(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/g), null);
});

Deno.test("admin: 32 requests at once, until their answers have gone out; health and metrics always", async () => {
  const to = routes();
  const request = (path: string) => new Request(`http://127.0.0.1${path}`);
  const sent = Promise.withResolvers<void>();
  const bodies = await Promise.all(Array.from({ length: 31 }, () => to(request("/connections"), NEVER)));
  bodies.push(await to(request("/stats"), sent.promise));
  assertEquals(new Set(bodies.map(({ status }) => status)), new Set([200]));
  const busy = await answer(to, request("/stats"));
  assertEquals([busy.status, busy.text], [503, "busy with 32 requests: ask again later\n"]);
  for (const path of ["/healthz", "/metrics"]) assertEquals((await answer(to, request(path))).status, 200);
  sent.resolve();
  await sent.promise;
  assertEquals((await answer(to, request("/stats"))).status, 200);
  for (const { body } of bodies) await body?.cancel();
});
