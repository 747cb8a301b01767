import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { readResult } from "../../lib/measure/read_result.ts";
import { runCli, type RunningServer, spawnCli, startServer } from "../support/cli.ts";
import { notPosix, testUnless } from "../support/needs.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-write"];
const QUICK = ["-c", "4", "-d", "300ms", "--warmup", "50ms"];

/** Runs `sounder bench` against a server. */
async function benchOf(server: RunningServer, args: string[], permissions = PERMISSIONS) {
  return await runCli(["bench", `:${server.port}`, ...QUICK, ...args], { permissions });
}

/** The one object on stdout. */
function resultOf({ stdout }: { stdout: string }): BenchResult {
  assertEquals(stdout.trimEnd().split("\n").length, 1);
  return readResult(stdout, "stdout");
}

Deno.test("bench: text on stdout, nothing on stderr, exit 0", async () => {
  await using server = await startServer();
  const { code, stdout, stderr } = await benchOf(server, []);
  assertEquals([code, stderr], [0, ""]);
  for (const part of [`Bench of 127.0.0.1:${server.port}`, "Requests/s", "50%", "■", "Clock: "]) {
    assertStringIncludes(stdout, part);
  }
  assertEquals(stdout.includes("\x1b"), false);
});

Deno.test("bench --json: one object with what was asked and what came", async () => {
  await using server = await startServer();
  const args = ["--json", "-s", "100", "--pipeline", "3", "--no-verify", "--timeout", "2s", "--connect-timeout", "1s"];
  const told = await benchOf(server, args);
  assertEquals([told.code, told.stderr], [0, ""]);
  const { options, totals, latency, serviceTime, series, partial, error } = resultOf(told);
  assertEquals(options, {
    connections: 4,
    durationMs: 300,
    warmupMs: 50,
    sizeBytes: 100,
    ratePerSecond: null,
    pipeline: 3,
    churn: false,
    mode: "echo",
    direction: null,
    workers: 1,
    verify: false,
    timeoutMs: 2000,
    connectTimeoutMs: 1000,
    tls: false,
  });
  assertGreater(totals.requests, 10);
  assertEquals([latency.count, totals.connections, totals.errors], [totals.requests, 4, 0]);
  assertEquals([serviceTime, partial, error], [null, false, null]);
  assertEquals(series.reduce((total, { requests }) => total + requests, 0), totals.requests);
});

Deno.test("bench: open loop, churn, a stream each way, and Workers", async () => {
  await using server = await startServer();
  const open = resultOf(await benchOf(server, ["--json", "-r", "0.2k"]));
  assertEquals([open.options.ratePerSecond, open.schedule?.due], [200, 60]);
  // On a machine that is busy the last of them may come back after the end.
  assert(open.latency.count > 30 && open.latency.count <= 60, `${open.latency.count} requests`);
  assert(open.serviceTime !== null);
  const churn = resultOf(await benchOf(server, ["--json", "--churn"]));
  assertGreater(churn.totals.connections, 8);
  const stream = resultOf(await benchOf(server, ["--json", "--mode", "stream"]));
  assertEquals([stream.options.direction, stream.options.sizeBytes, stream.totals.requests], ["both", 131072, 0]);
  assertGreater(stream.totals.bytesReceived, 1_000_000);
  const workers = resultOf(await benchOf(server, ["--json", "--workers", "2"]));
  assertEquals([workers.options.workers, workers.totals.connections], [2, 4]);
  await using discard = await startServer(["--service", "discard"]);
  const up = resultOf(await benchOf(discard, ["--json", "--mode", "stream", "--direction", "up"]));
  assertGreater(up.totals.bytesSent, 1_000_000);
  assertEquals([up.totals.bytesReceived, up.errors], [0, []]);
  await using chargen = await startServer(["--service", "chargen"]);
  const down = resultOf(await benchOf(chargen, ["--json", "--mode", "stream", "--direction", "down"]));
  assertGreater(down.totals.bytesReceived, 1_000_000);
  assertEquals([down.totals.bytesSent, down.errors], [0, []]);
});

Deno.test("bench: a gate that is hit is named, exit 1; one that is not lets it pass", async () => {
  await using server = await startServer();
  const hit = await benchOf(server, ["--json", "--fail-if", "p50>1us", "--fail-if", "errors>0"]);
  assertEquals(hit.code, 1);
  assertMatch(hit.stderr, /^sounder: --fail-if p50>1us: p50 is [\d.]+ ms\n$/);
  assertEquals(resultOf(hit).gates.map(({ expression, hit }) => [expression, hit]), [["p50>1us", true], [
    "errors>0",
    false,
  ]]);
  const passed = await benchOf(server, ["--fail-if", "p50>1m", "--fail-if", "rate<1"]);
  assertEquals([passed.code, passed.stderr], [0, ""]);
});

Deno.test("bench: what cannot be judged fails", async () => {
  await using server = await startServer();
  const { code, stderr } = await benchOf(server, ["-r", "20", "--fail-if", "p99.9>1m"]);
  assertEquals([code, stderr], [1, "sounder: --fail-if p99.9>1m: p99.9 is unknown: too few samples\n"]);
});

Deno.test("bench: refused: an object, one line, exit 1; and no gate passes", async () => {
  const server = await startServer();
  await server.stop();
  const refused = await benchOf(server, ["--json", "--fail-if", "errors>1M"]);
  assertEquals(refused.code, 1);
  const { error, errors, gates, partial } = resultOf(refused);
  assertEquals([error?.kind, errors[0].kind, gates[0].hit, partial], ["refused", "refused", true, true]);
  const text = await benchOf(server, []);
  assertEquals([text.code, text.stderr.trimEnd().split("\n").length], [1, 1]);
  assertStringIncludes(text.stderr, "connection refused");
});

testUnless(notPosix(), "bench: Ctrl-C gives what was measured, and exit 130", async () => {
  await using server = await startServer();
  const child = spawnCli(["bench", `:${server.port}`, "-d", "60s", "--warmup", "0", "--json", "--log-level", "debug"], {
    permissions: PERMISSIONS,
  });
  await child.stdin.close();
  const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  // The log tells of its connections: then it is under way.
  for (let told = ""; !told.includes("connected");) told += (await errors.read()).value;
  child.kill("SIGINT");
  const rest = (async () => {
    while (!(await errors.read()).done);
  })();
  const [status, stdout] = await Promise.all([child.status, new Response(child.stdout).text(), rest]);
  assertEquals(status.code, 130);
  const { partial, error } = resultOf({ stdout });
  assertEquals([partial, error], [true, null]);
});

testUnless(notPosix(), "bench: a server that is killed in the middle: a partial result, exit 1", async () => {
  const server = await startServer();
  const child = spawnCli(["bench", `:${server.port}`, "-d", "60s", "--warmup", "0", "--json", "--log-level", "debug"], {
    permissions: PERMISSIONS,
  });
  await child.stdin.close();
  const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (let told = ""; !told.includes("connected");) told += (await errors.read()).value;
  await server.stop("SIGKILL");
  const rest = (async () => {
    while (!(await errors.read()).done);
  })();
  const [status, stdout] = await Promise.all([child.status, new Response(child.stdout).text(), rest]);
  const { partial, errors: kinds } = resultOf({ stdout });
  assertEquals([status.code, partial], [1, true]);
  assert(kinds.some(({ kind }) => kind === "refused"), JSON.stringify(kinds));
});

Deno.test("bench --report: a page; and none where the command line was wrong", async () => {
  await using server = await startServer();
  await using folder = await temporaryFolder();
  const page = `${folder.path}/out.html`;
  assertEquals((await benchOf(server, ["--report", page])).code, 0);
  const html = await Deno.readTextFile(page);
  assertStringIncludes(html.slice(0, 20).toLowerCase(), "<!doctype html>");
  assertStringIncludes(html, "uPlot");
  const none = `${folder.path}/none.html`;
  assertEquals((await benchOf(server, ["--report", none, "--mode", "stream", "--churn"])).code, 2);
  assertEquals((await benchOf(server, ["--report", none, "--congestion", "nosuch"])).code, 2);
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name), ["out.html"]);
});

Deno.test("bench: bad input: one line, exit 2, nothing sent", async () => {
  const cases: [args: string[], says: string][] = [
    [["bench"], "bench needs a HOST:PORT"],
    [["bench", ":9", "-c", "0"], '--connections: bad count "0"'],
    [["bench", ":9", "-r", "fast"], '--rate: bad rate "fast": use a number with k or M'],
    [["bench", ":9", "-r", "0"], '--rate: bad rate "0": use more than 0'],
    [["bench", ":9", "--fail-if", "p99"], '--fail-if: bad gate "p99"'],
    [["bench", ":9", "--mode", "stream", "-r", "5"], "rate is about requests"],
    [["bench", ":9", "--direction", "up"], "direction up is about a stream"],
    [["bench", ":9", "--churn", "--pipeline", "2"], "pipeline 2 needs connections that last"],
    [["bench", ":9", "--report", "no/such/folder/a.html"], "cannot write no/such/folder/a.html: there is no such"],
    [["bench", ":9", "--backlog", "5"], "--backlog is no option of bench"],
  ];
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await runCli(args, { permissions: PERMISSIONS });
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], args.join(" "));
    assertStringIncludes(stderr, says);
  }
});

Deno.test("bench: a missing permission is named, exit 2", async () => {
  await using server = await startServer();
  const net = await benchOf(server, [], []);
  assertEquals(net.code, 2);
  assertStringIncludes(net.stderr, "--allow-net");
  const write = await benchOf(server, ["--report", "a.html"], ["--allow-net"]);
  assertEquals([write.code, write.stderr], [
    2,
    "sounder: cannot write a.html: not permitted: run Deno with --allow-write\n",
  ]);
  const read = await benchOf(server, ["--workers", "2"], ["--allow-net"]);
  assertEquals(read.code, 2);
  assertStringIncludes(read.stderr, "--allow-read");
  const ffi = await benchOf(server, ["--quickack"], ["--allow-net"]);
  assertEquals(ffi.code, 2);
  assertStringIncludes(ffi.stderr, "--allow-ffi");
});
