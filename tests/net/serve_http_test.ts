import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { serveHttp } from "../../lib/net/serve_http.ts";
import { stdFlags } from "../../scripts/std_flags.ts";

const ANY = { hostname: "127.0.0.1", port: 0 };
const quiet = { onError: () => {} };

Deno.test("serveHttp answers at the address it names, and no more once it is closed", async () => {
  const server = serveHttp(ANY, (request) => new Response(new URL(request.url).pathname), quiet);
  const url = `http://127.0.0.1:${server.addr.port}/x`;
  assertEquals(await (await fetch(url)).text(), "/x");
  await server.close();
  await assertRejects(() => fetch(url));
});

Deno.test("serveHttp: an address in use is told as any listener tells it", async () => {
  await using server = serveHttp(ANY, () => new Response(), quiet);
  const error = assertThrows(() => serveHttp(server.addr, () => new Response(), quiet), Deno.errors.AddrInUse);
  assertEquals(
    error.message,
    `cannot listen on 127.0.0.1:${server.addr.port}: another socket listens there (address in use)`,
  );
});

Deno.test("serveHttp: what a handler throws is told, and not to who asked", async () => {
  const seen: unknown[] = [];
  const failure = new Error("secret");
  await using server = serveHttp(ANY, () => Promise.reject(failure), { onError: (error) => seen.push(error) });
  const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
  assertEquals([response.status, await response.text(), seen], [500, "internal error\n", [failure]]);
});

Deno.test("serveHttp: closing does not wait for a peer that does not read", async () => {
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const server = serveHttp(ANY, (_, sent) => {
    asked.resolve();
    void sent.then(ended.resolve);
    // More than the buffers of a connection hold.
    return new Response(new Blob([new Uint8Array(50_000_000)]).stream());
  }, quiet);
  using conn = await Deno.connect(server.addr);
  await conn.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await asked.promise;
  await server.close();
  await ended.promise;
});

Deno.test("serveHttp does not go where DENO_SERVE_ADDRESS says", async () => {
  const code = `import { serveHttp } from "${import.meta.resolve("../../lib/net/serve_http.ts")}";
serveHttp({ hostname: "127.0.0.1", port: 0 }, () => new Response(), { onError: () => {} });`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", ...stdFlags(), code],
    env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.2:0", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
  }).output();
  assertEquals(success, false);
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    "cannot listen on 127.0.0.1:0: DENO_SERVE_ADDRESS in the environment says elsewhere, unset it",
  );
});
