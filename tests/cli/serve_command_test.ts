import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { connect, connectEcho } from "../../mod.ts";
import { runCli, spawnCli, startServer } from "../support/cli.ts";
import { noDualStack, noIpv6, notLinux, notPosix, testUnless } from "../support/needs.ts";

/** To see its end it must be asked to end, which takes a signal. */
const missing = notPosix();

testUnless(missing, "the ready line stands alone on stdout, and connects succeed from then on", async () => {
  await using server = await startServer();
  assertEquals(server.ready, `Listening on 127.0.0.1:${server.port} (echo)`);
  using client = await connectEcho({ port: server.port });
  await client.exchange(["x"]);
  await client.close();
  const { code, stdout } = await server.stop();
  assertEquals([code, stdout], [0, server.ready + "\n"]);
});

testUnless(noIpv6(), "the ready line names the service and brackets IPv6", async () => {
  await using server = await startServer(["--service", "discard", "--host", "[::1]"]);
  assertEquals(server.ready, `Listening on [::1]:${server.port} (discard)`);
});

testUnless(noDualStack(), "--host :: serves IPv6 and IPv4", async () => {
  await using server = await startServer(["--host", "::"]);
  for (const hostname of ["127.0.0.1", "::1"]) {
    using client = await connectEcho({ hostname, port: server.port });
    await client.exchange(["both"]);
  }
});

testUnless(missing, "at info the log has start and stop only", async () => {
  await using server = await startServer();
  using client = await connectEcho({ port: server.port });
  await client.exchange(["secret"]);
  await client.close();
  const { stderr } = await server.stop();
  const lines = stderr.trimEnd().split("\n").map((line) => line.slice(25));
  assertEquals(lines, [
    `INFO  started echo on 127.0.0.1:${server.port}`,
    "INFO  SIGTERM: stopping, the open connections (0) are served on for at most 5s",
    "INFO  stopped: 1 connection, 0 refused, 6 bytes in, 6 bytes out",
  ]);
});

testUnless(missing, "at debug each accept, recv, sent and close is told, bytes escaped and cut at 64", async () => {
  await using server = await startServer(["--log-level", "debug"]);
  using client = await connectEcho({ port: server.port });
  await client.exchange(["data1\n"]);
  await client.exchange([new Uint8Array(100).fill(0x07)]);
  await client.close();
  const { stderr } = await server.stop();
  const peer = `127.0.0.1:${client.connection.localAddr.port}`;
  for (
    const line of [
      `DEBUG accepted connection 1 from ${peer}`,
      `DEBUG recv 6 bytes from ${peer}: "data1\\n"`,
      `DEBUG sent 6 bytes to ${peer}: "data1\\n"`,
      `DEBUG recv 100 bytes from ${peer}: "${"\\x07".repeat(64)}"... (64 of 100 bytes)`,
      `DEBUG no more data from ${peer}`,
      `DEBUG closed the write side to ${peer}`,
      `DEBUG close ${peer}`,
      `DEBUG ended connection 1 from ${peer}: finished, 106 bytes in, 106 bytes out`,
    ]
  ) assertStringIncludes(stderr, line);
});

testUnless(missing, "--log-format json: every line of stderr is one object", async () => {
  await using server = await startServer(["--log-level", "debug", "--log-format", "json"]);
  using client = await connectEcho({ port: server.port });
  await client.exchange(["hi"]);
  await client.close();
  const { stderr } = await server.stop();
  const events = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(events.map(({ event }) => event), [
    "started",
    "options",
    "accept",
    "recv",
    "sent",
    "eof",
    "fin",
    "close",
    "end",
    "stopping",
    "stopped",
  ]);
  const recv = events.find(({ event }) => event === "recv");
  assertEquals([recv.level, recv.bytes, recv.data], ["debug", 2, '"hi"']);
});

testUnless(missing, "--quiet drops the log and keeps the ready line", async () => {
  await using server = await startServer(["--quiet", "--log-level", "debug"]);
  const { stdout, stderr } = await server.stop();
  assertEquals([stdout, stderr], [server.ready + "\n", ""]);
});

testUnless(missing, "--verbose tells the options in force", async () => {
  await using server = await startServer([
    "--verbose",
    "--log-level",
    "error",
    "--idle-timeout",
    "2m",
    "--no-keepalive",
    "--backlog",
    "7",
  ]);
  const { stderr } = await server.stop();
  assertStringIncludes(stderr, "options: idle-timeout 120s, max-connections no limit, grace 5s\n");
  for (const asked of ["backlog +7", "reuse-port +off", "nodelay +on", "keepalive +off"]) {
    assertMatch(stderr, new RegExp(`\n${asked} +unknown +[^\n]+: not read back \\(needs --allow-ffi\\)\n`));
  }
});

testUnless(missing, "--json: first line listening, last line stopped with the figures", async () => {
  await using server = await startServer(["--json"]);
  using client = await connectEcho({ port: server.port });
  await client.exchange(["hello"]);
  await client.close();
  const { stdout } = await server.stop("SIGINT");
  const [first, last, ...more] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(more, []);
  const { socketOptions, ...listening } = first;
  assertEquals(listening, {
    schema: 1,
    event: "listening",
    address: "127.0.0.1",
    port: server.port,
    service: "echo",
    workers: 1,
  });
  assertEquals(Object.keys(socketOptions), ["backlog", "reusePort", "reuseAddress", "noDelay", "keepAlive"]);
  assertEquals(last, {
    schema: 1,
    event: "stopped",
    signal: "SIGINT",
    open: 0,
    total: 1,
    refused: 0,
    refusedBy: { access: 0, maxConnections: 0, maxPerHost: 0, acceptRate: 0, handshake: 0 },
    endedBy: { idle: 0, lifetime: 0, bytes: 0 },
    pauses: 0,
    faulted: 0,
    bytesIn: 5,
    bytesOut: 5,
    errors: 0,
    endedByServer: 0,
    unechoedBytes: 0,
    lateBytes: 0,
    error: null,
  });
});

Deno.test("--idle-timeout closes a silent connection", async () => {
  await using server = await startServer(["--idle-timeout", "100ms"]);
  using connection = await connect({ port: server.port });
  assertEquals(await connection.read(new Uint8Array(1)), null);
});

testUnless(missing, "--max-connections: one too many is closed, counted and logged", async () => {
  await using server = await startServer(["--max-connections", "1", "--json"]);
  using first = await connectEcho({ port: server.port });
  await first.exchange(["in"]);
  using second = await connect({ port: server.port });
  assertEquals(await second.read(new Uint8Array(1)), null);
  await first.close();
  const { stdout, stderr } = await server.stop();
  assertEquals(JSON.parse(stdout.trimEnd().split("\n")[1]).refused, 1);
  assertStringIncludes(
    stderr,
    "WARN  refused 1 connection of late, the last from 127.0.0.1: 1 open at once are the most allowed",
  );
});

testUnless(notLinux(), "--reuse-port: two servers share a port only when both ask for it", async () => {
  await using first = await startServer(["--reuse-port"]);
  const port = String(first.port);
  const refused = await runCli(["serve", "--port", port]);
  assertEquals(refused.code, 1);
  await using second = await startServer(["--reuse-port", "--port", port]);
  assertEquals(second.port, first.port);
});

testUnless(missing, "a log that nobody reads holds up neither the echo nor the end", async () => {
  const child = spawnCli(["serve", "--port", "0", "--log-level", "debug"]);
  const output = child.stdout.getReader();
  const port = Number(/:(\d+) \(/.exec(new TextDecoder().decode((await output.read()).value))?.[1]);
  using client = await connectEcho({ port });
  // Each tells of itself in two lines of some 300 characters: in all ten times what a pipe holds.
  for (let i = 0; i < 1000; i++) await client.exchange([new Uint8Array(64)], { timeout: 30_000 });
  await client.close();
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 0);
  await Promise.all([output.cancel(), child.stdin.close(), child.stderr.cancel()]);
});
