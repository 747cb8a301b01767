import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { connectEcho, type EchoClient } from "../../mod.ts";
import { runCli, spawnCli, type SpawnOptions, startServer } from "../support/cli.ts";
import { watch, type WatchedProcess } from "../support/interop_process.ts";
import { notLinux, testUnless } from "../support/needs.ts";

const missing = notLinux();
/** With so many no thread of a few goes without, but for once in a million runs. */
const MANY = 64;
const GRANTED: SpawnOptions = { permissions: ["--allow-net", "--allow-read=lib"] };

function preloading(module: string): SpawnOptions {
  return { permissions: ["--allow-net", "--allow-read=lib,tests", `--preload=./tests/support/${module}`] };
}

/** Starts a server whose output is watched while it runs, and waits until it is ready. */
async function watchServer(args: string[], options: SpawnOptions): Promise<WatchedProcess & { port: number }> {
  const process = spawnCli(["serve", "--port", "0", ...args], options);
  await process.stdin.close();
  const server = watch(process);
  const [, port] = await server.until("stdout", /(?:127\.0\.0\.1:|"port":)(\d+)[^\n]*\n/);
  return Object.assign(server, { port: Number(port) });
}

/** Connects many, and echoes once on each. */
async function exchangeMany({ port }: { port: number }): Promise<EchoClient[]> {
  const clients = await Promise.all(Array.from({ length: MANY }, () => connectEcho({ port })));
  for (const client of clients) await client.exchange(["hello"]);
  return clients;
}

function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

testUnless(missing, "serve --workers: one ready line, one log, one account of all threads", async () => {
  await using server = await startServer(["--workers", "3", "--json"], GRANTED);
  const clients = await exchangeMany(server);
  await Promise.all(clients.map((client) => client.close()));
  const { code, stdout, stderr } = await server.stop();
  const [listening, stopped, ...more] = jsonLines(stdout);
  assertEquals([code, more], [0, []]);
  assertEquals([listening.event, listening.port, listening.workers], ["listening", server.port, 3]);
  const { total, bytesIn, bytesOut, error } = stopped;
  assertEquals({ total, bytesIn, bytesOut, error }, {
    total: MANY,
    bytesIn: 5 * MANY,
    bytesOut: 5 * MANY,
    error: null,
  });
  // The client has the last FIN before the thread has counted its connection out.
  const lines = stderr.trimEnd().split("\n").map((line) => line.slice(25).replace(/\(\d+\)/, "(some)"));
  assertEquals(lines, [
    `INFO  started echo on 127.0.0.1:${server.port} in 3 threads`,
    "INFO  SIGTERM: stopping, the open connections (some) are served on for at most 5s",
    `INFO  stopped: ${MANY} connections, 0 refused, ${5 * MANY} bytes in, ${5 * MANY} bytes out`,
  ]);
});

testUnless(missing, "serve --workers auto: as many as there are processors", async () => {
  await using server = await startServer(["--workers", "auto", "--json"], GRANTED);
  assertEquals(JSON.parse(server.ready).workers, navigator.hardwareConcurrency);
  assertEquals((await server.stop()).code, 0);
});

testUnless(missing, "serve --workers: the debug log has the connections of every thread", async () => {
  await using server = await startServer(["--workers", "3", "--log-level", "debug", "--log-format", "json"], GRANTED);
  const clients = await exchangeMany(server);
  await Promise.all(clients.map((client) => client.close()));
  const { stderr } = await server.stop();
  const events = jsonLines(stderr);
  for (const event of ["accept", "recv", "sent", "end"]) {
    assertEquals(events.filter((line) => line.event === event).length, MANY, event);
  }
});

testUnless(missing, "serve --workers: a second signal ends all threads at once", async () => {
  await using server = await watchServer(["--workers", "3", "--grace", "60s"], GRANTED);
  const { process } = server;
  const clients = await exchangeMany(server);
  process.kill("SIGTERM");
  await server.until("stderr", new RegExp(`stopping, the open connections \\(${MANY}\\)`));
  // One within 500 ms of the first would count as the same keypress.
  const again = setInterval(() => process.kill("SIGTERM"), 100);
  process.status.then(() => clearInterval(again));
  const { code, stderr } = await server.end();
  assertEquals(code, 143);
  assertMatch(stderr, /\nsounder: cut short by a second SIGTERM\n$/);
  for (const client of clients) client.connection.close();
});

testUnless(missing, "serve --workers: a Worker that dies is exit 1, after the grace of the others", async () => {
  const args = ["--workers", "3", "--json", "--grace", "60s"];
  await using server = await watchServer(args, preloading("preload_dying_workers.ts"));
  const clients = await exchangeMany(server);
  server.process.kill("SIGWINCH");
  await server.until("stderr", / ERROR a Worker of the server died/);
  // Those of the dead one are at their end; the others are served on.
  const after = await Promise.allSettled(clients.map((client) => client.exchange(["after"])));
  const served = after.filter(({ status }) => status === "fulfilled").length;
  for (const client of clients) client.connection.close();
  const { code, stdout, stderr } = await server.end();
  const message = "a Worker of the server died: boom";
  const [, stopped, ...more] = jsonLines(stdout);
  const { signal, open, total, errors, unechoedBytes, error } = stopped;
  assertEquals([code, more], [1, []]);
  assertEquals({ signal, open, total, unechoedBytes, error }, {
    signal: null,
    open: 0,
    total: MANY,
    unechoedBytes: 0,
    error: { kind: "worker", message },
  });
  assertEquals(errors, MANY - served);
  assert(served > 0 && served < MANY, String(served));
  const [started, died, stopping, last, ...rest] = stderr.trimEnd().split("\n");
  assertStringIncludes(started, "INFO  started");
  assertStringIncludes(died, `ERROR ${message}`);
  assertStringIncludes(stopping, "INFO  stopped: ");
  assertEquals([last, rest], [`sounder: ${message}`, []]);
});

testUnless(missing, "serve --workers: one that cannot be started is exit 1, and there is no ready line", async () => {
  const args = ["serve", "--port", "0", "--workers", "2", "--json"];
  const { code, stdout, stderr } = await runCli(args, preloading("preload_broken_workers.ts"));
  const [result, ...more] = jsonLines(stdout);
  assertEquals([code, more], [1, []]);
  const { kind, message } = result.error as Record<string, string>;
  assertEquals(kind, "failed");
  assertMatch(message, /^cannot start a Worker of the server: [^\n]*broken[^\n]*$/);
  assert(stderr.endsWith(`\nsounder: ${message}\n`), stderr);
});

testUnless(missing, "serve --workers: a missing permission and a port in use are told in one line", async () => {
  const read = await runCli(["serve", "--port", "0", "--workers", "2"], { permissions: ["--allow-net"] });
  assertEquals([read.code, read.stdout], [2, ""]);
  assertEquals(
    read.stderr,
    "sounder: cannot start Workers: their module may not be read: " +
      "run Deno with --allow-read (of Sounder's folder lib at least)\n",
  );
  await using first = await startServer(["--workers", "2"], GRANTED);
  const second = await runCli(["serve", "--port", String(first.port), "--workers", "2"], GRANTED);
  assertEquals(second.code, 1);
  assertMatch(second.stderr, /^sounder: cannot listen on 127\.0\.0\.1:\d+: another socket listens there[^\n]*\n$/);
});

Deno.test("serve --workers: what is no number of threads is exit 2", async () => {
  for (const given of ["0", "many", "1.5", "1025"]) {
    const { code, stdout, stderr } = await runCli(["serve", "--workers", given], { permissions: [] });
    assertEquals([code, stdout], [2, ""]);
    const wrong = `--workers: bad number of threads "${given}": use auto or a whole number from 1 to 1024`;
    assertEquals(stderr, `sounder: ${wrong}\n`);
  }
});

Deno.test("serve --workers: another system says in one line that it is not available, and serves with 1", async () => {
  const permissions = ["--allow-net", "--allow-read=lib", "--preload=./tests/support/preload_other_system.ts"];
  const { code, stdout, stderr } = await runCli(["serve", "--port", "0", "--workers", "2", "--json"], { permissions });
  const message = "cannot serve with 2 workers: threads can share a port on Linux only, use 1 on darwin";
  assertEquals([code, stderr], [2, `sounder: ${message}\n`]);
  assertEquals(JSON.parse(stdout).error, { kind: "usage", message });
  await using server = await startServer(["--workers", "1"], { permissions });
  using client = await connectEcho({ port: server.port });
  await client.exchange(["served"]);
});
