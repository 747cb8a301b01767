import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { parseAdmin } from "../../lib/cli/admin.ts";
import { connect } from "../../mod.ts";
import { getJson, openEchoed, servingWithAdmin } from "../support/admin_client.ts";
import { runCli } from "../support/cli.ts";
import { readAll } from "../support/echo_wire.ts";
import { missingProgram, notLinux, notPosix, testUnless } from "../support/needs.ts";
import { processUsage } from "../support/process_usage.ts";

const missing = notPosix();

Deno.test("--admin: an address and a port, the address 127.0.0.1 where it is left out", () => {
  assertEquals(parseAdmin(":9090"), { hostname: "127.0.0.1", port: 9090 });
  assertEquals(parseAdmin("0"), { hostname: "127.0.0.1", port: 0 });
  assertEquals(parseAdmin("[::]:9090"), { hostname: "::", port: 9090 });
  const error = assertThrows(() => parseAdmin("::1"), SyntaxError);
  assertStringIncludes(error.message, "put an IPv6 address in brackets");
  for (const [text, remedy] of [["[::1]", "[::1]:9090"], ["localhost", "localhost:9090"]]) {
    const error = assertThrows(() => parseAdmin(text), SyntaxError);
    assertEquals(error.message, `bad address "${text}": its port is missing, write ${remedy}`);
  }
});

Deno.test("--admin: what is wrong with it is one line, before anything listens", async () => {
  const { code, stdout, stderr } = await runCli(["serve", "--port", "0", "--admin", "localhost"]);
  assertEquals([code, stdout], [2, ""]);
  assertEquals(stderr, 'sounder: --admin: bad address "localhost": its port is missing, write localhost:9090\n');
});

Deno.test("--admin on an address in use: one line, exit 1, no ready line", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${taken.addr.port}`;
  const { code, stdout, stderr } = await runCli(["serve", "--port", "0", "--quiet", "--admin", address]);
  assertEquals([code, stdout], [1, ""]);
  const line = `--admin: cannot listen on ${address}: another socket listens there (address in use)`;
  assertEquals(stderr, `sounder: ${line}: give another address or port\n`);
});

testUnless(missing, "admin tells of a server what it does", async () => {
  await using server = await servingWithAdmin(["--grace", "0"]);
  using conn = await openEchoed(server.port, 5000);
  const { total, connections } = await getJson(`${server.admin}/connections`);
  assertEquals([total, connections.length], [1, 1]);
  const { peer, local, service, state, bytesIn, bytesOut, bytesInPerSecond, tcpInfo } = connections[0];
  assertEquals({ peer, local, service, state, bytesIn, bytesOut, tcpInfo }, {
    peer: `127.0.0.1:${conn.localAddr.port}`,
    local: `127.0.0.1:${server.port}`,
    service: "echo",
    state: "serving",
    bytesIn: 5000,
    bytesOut: 5000,
    tcpInfo: undefined,
  });
  assert(bytesInPerSecond > 0);
  const stats = await getJson(`${server.admin}/stats`);
  assertEquals([stats.open, stats.total, stats.bytesIn, stats.stopping], [1, 1, 5000, false]);
  const metrics = await (await fetch(`${server.admin}/metrics`)).text();
  assertStringIncludes(metrics, "\nsounder_received_bytes_total 5000\n");
  assertEquals((await server.stop()).code, 0);
});

testUnless(missing, "admin: --json tells programs where it is, after the ready lines", async () => {
  await using server = await servingWithAdmin(["--json"]);
  const port = Number(new URL(server.admin).port);
  await server.until("stdout", /"event":"admin"/);
  const lines = server.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ event }) => event), ["listening", "admin"]);
  assertEquals(lines[1], { schema: 1, event: "admin", address: "127.0.0.1", port });
});

testUnless(missing, "admin wider than loopback warns, once", async () => {
  await using server = await servingWithAdmin(["--admin", "0.0.0.0:0"]);
  const { stderr } = await server.stop();
  const warnings = stderr.split("\n").filter((line) => line.includes(" WARN "));
  assertEquals(warnings.length, 1);
  assertMatch(
    warnings[0],
    /admin on 0\.0\.0\.0:\d+ tells whoever reaches it the addresses of all peers: it has no pass/,
  );
});

testUnless(
  missing,
  "admin answers until the last connection has ended, and says that the server is stopping",
  async () => {
    await using server = await servingWithAdmin(["--grace", "1m"]);
    using conn = await openEchoed(server.port, 1);
    assertEquals(await (await fetch(`${server.admin}/healthz`)).text(), "ok\n");
    server.process.kill("SIGTERM");
    await server.until("stderr", /SIGTERM: stopping/);
    const health = await fetch(`${server.admin}/healthz`);
    assertEquals([health.status, await health.text()], [503, "stopping\n"]);
    const { total, connections } = await getJson(`${server.admin}/connections`);
    assertEquals([total, connections.length], [1, 1]);
    await conn.closeWrite();
    assertEquals(await conn.read(new Uint8Array(1)), null);
    const { code, stderr } = await server.end();
    assertEquals(code, 0);
    assertStringIncludes(stderr, "INFO  stopped: 1 connection, 0 refused, 1 bytes in, 1 bytes out\n");
  },
);

testUnless(notLinux(), "admin tells of the connections of all workers, while they stop as well", async () => {
  await using server = await servingWithAdmin(["--workers", "2", "--grace", "1m"], [
    "--allow-net",
    "--allow-read=lib",
    "--allow-ffi",
  ]);
  const conns: Deno.TcpConn[] = [];
  try {
    for (let count = 1; count <= 16; count++) conns.push(await openEchoed(server.port, count));
    const list = async () => {
      const { total, connections } = await getJson(`${server.admin}/connections?tcpInfo=1`);
      const told = connections.map((
        { bytesIn, tcpInfo }: { bytesIn: number; tcpInfo: { state: string } },
      ) => [bytesIn, tcpInfo.state]);
      return [total, told.toSorted((a: [number], b: [number]) => a[0] - b[0])];
    };
    const expected = conns.map((_, at) => [at + 1, "ESTABLISHED"]);
    assertEquals(await list(), [16, expected]);
    server.process.kill("SIGTERM");
    await server.until("stderr", /SIGTERM: stopping/);
    assertEquals(await list(), [16, expected]);
  } finally {
    for (const conn of conns) conn.close();
  }
  assertEquals((await server.end()).code, 0);
});

testUnless(missing, "SIGUSR2 logs a summary: rates since the start, then since the last one", async () => {
  await using server = await servingWithAdmin(["--log-format", "json", "--grace", "0"]);
  using _conn = await openEchoed(server.port, 2048);
  server.process.kill("SIGUSR2");
  await server.until("stderr", /since the start/);
  server.process.kill("SIGUSR2");
  await server.until("stderr", /since the last summary/);
  const { code, stderr } = await server.stop();
  const summaries = stderr.trimEnd().split("\n").map((line) => JSON.parse(line)).filter(({ event }) =>
    event === "summary"
  );
  assertEquals([code, summaries.length], [0, 2]);
  const [first, second] = summaries;
  const { level, open, total, refused, errors, bytesIn, bytesOut } = first;
  assertEquals({ level, open, total, refused, errors, bytesIn, bytesOut }, {
    level: "info",
    open: 1,
    total: 1,
    refused: 0,
    errors: 0,
    bytesIn: 2048,
    bytesOut: 2048,
  });
  assertMatch(first.message, /^summary: up \d+s, 1 open, 1 served, 0 refused, 0 errors, 2\.00KiB in, 2\.00KiB out, /);
  assert(first.bytesInPerSecond > 0);
  assertEquals([second.bytesInPerSecond, second.bytesOutPerSecond], [0, 0]);
});

testUnless(missing, "SIGUSR1 logs a summary, too, and once that Deno has opened its debugger", async () => {
  await using server = await servingWithAdmin(["--grace", "0"]);
  for (let i = 1; i <= 2; i++) {
    server.process.kill("SIGUSR1");
    await server.until("stderr", new RegExp(`(summary: up [^]*){${i}}`));
  }
  const { code, stderr } = await server.stop();
  assertEquals([code, [...stderr.matchAll(/WARN {2}SIGUSR1 makes Deno open its debugger .*: use SIGUSR2/g)].length], [
    0,
    1,
  ]);
});

testUnless(missing, "a Host or a path that is none is 400, and nothing in the log", async () => {
  await using server = await servingWithAdmin(["--grace", "0"]);
  const cases = ["GET / HTTP/1.1\r\nHost: [\r\n", "GET / HTTP/1.1\r\nHost: localhost:99999\r\n"];
  for (const head of cases) {
    using connection = await connect({ port: Number(new URL(server.admin).port) });
    await connection.write(new TextEncoder().encode(`${head}Connection: close\r\n\r\n`));
    const answer = new TextDecoder().decode(await readAll(connection));
    assertMatch(answer, /^HTTP\/1\.1 4\d\d /, head);
  }
  const { stderr } = await server.stop();
  assertEquals(stderr.includes("ERROR"), false, stderr);
});

testUnless(
  notLinux() ?? await missingProgram("prlimit"),
  "admin: a shortage of descriptors ends neither server",
  async () => {
    await using server = await servingWithAdmin(["--grace", "0"]);
    const limit = async (soft: number) => {
      const args = ["--pid", String(server.process.pid), `--nofile=${soft}:`];
      await new Deno.Command("prlimit", { args }).output();
    };
    const { descriptors } = await processUsage(server.process.pid);
    await limit(descriptors);
    // It connects, and cannot be accepted: Deno's HTTP server gives up there.
    await fetch(`${server.admin}/healthz`, { signal: AbortSignal.timeout(5000) }).then(
      ({ body }) => body?.cancel(),
      () => {},
    );
    await server.until("stderr", /ERROR admin: .*Too many open files/);
    await limit(1000);
    let healthy = false;
    for (const since = performance.now(); !healthy && performance.now() - since < 20_000;) {
      healthy = await fetch(`${server.admin}/healthz`).then(
        async (answer) => await answer.text() === "ok\n",
        () => false,
      );
    }
    assertEquals(healthy, true);
    using _conn = await openEchoed(server.port, 10);
    assertEquals((await server.stop()).code, 0);
  },
);
