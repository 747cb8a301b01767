import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Ajv2020 } from "npm:ajv@8.17.1/dist/2020.js";
import { serve } from "../../lib/echo/serve.ts";
import schema from "../../lib/measure/result_schema.json" with { type: "json" };
import { connect } from "../../lib/net/connect.ts";
import { listen } from "../../lib/net/listen.ts";
import { runCli, spawnCli } from "../support/cli.ts";
import { notPosix, testUnless } from "../support/needs.ts";
import { answeringPeer } from "../support/ping_peers.ts";

const FFI = { permissions: ["--allow-net", "--allow-ffi"] };

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
ajv.addSchema(schema, "results");

/** A member of a result, as parsed. */
// deno-lint-ignore no-explicit-any
type Parsed = any;

/** Parses an object and holds it against the schema of results. */
function parsed(text: string, name = "PingResult"): Parsed {
  const validate = ajv.getSchema(`results#/$defs/${name}`)!;
  const { event: _, ...object } = JSON.parse(text);
  if (name === "PingSample") delete object.schema;
  assert(validate(object), JSON.stringify(validate.errors));
  return JSON.parse(text);
}

/** Runs `sounder ping` on a port where nobody listens, and nobody else can. */
async function pingDeadPort(...args: string[]) {
  using listener = listen({ port: 0 });
  using holder = await connect(listener.addr);
  const { port } = holder.localAddr;
  return { port, ...await runCli(["ping", `:${port}`, ...args]) };
}

/** A `sounder ping` that is read line by line. */
function startPing(args: string[]) {
  const process = spawnCli(["ping", ...args]);
  const closing = process.stdin.close();
  const stderr = new Response(process.stderr).text();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    process,
    /** Reads until the output has this; rejects if the program ends before. */
    async until(pattern: RegExp): Promise<void> {
      while (!pattern.test(text)) {
        const { value, done } = await output.read();
        if (done) throw new Error(`ended without ${pattern}: ${text}${await stderr}`);
        text += value;
      }
    },
    /** Reads to the end. */
    async end() {
      for (let chunk = await output.read(); !chunk.done; chunk = await output.read()) text += chunk.value;
      await closing;
      return { code: (await process.status).code, stdout: text, stderr: await stderr };
    },
  };
}

Deno.test("ping: a line per probe and the summary on stdout, nothing on stderr, exit 0", async () => {
  await using server = serve({ port: 0 });
  const { port } = server.addr;
  const { code, stdout, stderr } = await runCli(["ping", `:${port}`, "-c", "3", "-i", "10ms", "-s", "100"]);
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  for (const seq of [1, 2, 3]) {
    assertMatch(lines[seq - 1], new RegExp(`^100 bytes from 127\\.0\\.0\\.1:${port}: seq=${seq} time=[\\d.]+ ms$`));
  }
  assertEquals(lines.slice(3, 5), ["", `--- 127.0.0.1:${port} ping statistics ---`]);
  assertMatch(lines[5], /^3 packets transmitted, 3 received, 0% packet loss, time \d+ms$/);
  assertMatch(lines[6], /^rtt min\/avg\/max\/mdev = \d+\.\d{3}\/\d+\.\d{3}\/\d+\.\d{3}\/\d+\.\d{3} ms$/);
  assertMatch(lines[7], /^rtt median\/p90\/p99\/jitter = \d+\.\d{3}\/–\/–\/\d+\.\d{3} ms$/);
  assertEquals([lines.slice(8), server.stats.bytesIn], [[""], 300]);
});

Deno.test("ping: --quiet leaves the summary, --connect times handshakes", async () => {
  await using server = serve({ port: 0 });
  const target = `localhost:${server.addr.port}`;
  const quiet = await runCli(["ping", target, "-c", "2", "-i", "0", "-q"]);
  assertEquals([quiet.code, quiet.stderr], [0, ""]);
  assertEquals(quiet.stdout.split("\n").slice(0, 2), ["", `--- ${target} ping statistics ---`]);
  const { code, stdout } = await runCli(["ping", target, "-c", "2", "-i", "0", "--connect"]);
  assertEquals(code, 0);
  assertMatch(stdout, new RegExp(`^connected to 127\\.0\\.0\\.1:${server.addr.port}: seq=1 time=[\\d.]+ ms\n`));
  assertEquals(server.stats.bytesIn, 128);
});

Deno.test("ping: --verbose tells the phases, the socket options, and TCP_INFO with FFI", async () => {
  await using server = serve({ port: 0 });
  const args = ["ping", `localhost:${server.addr.port}`, "-c", "2", "-i", "10ms", "-v"];
  const plain = await runCli(args);
  const [first, second] = plain.stdout.split("\n");
  assertMatch(first, / \(lookup [\d.]+ ms, connect [\d.]+ ms, first byte [\d.]+ ms, echo [\d.]+ ms\)$/);
  assertMatch(second, / \(first byte [\d.]+ ms, echo [\d.]+ ms\)$/);
  assertMatch(plain.stderr, /nodelay +on/);
  assertStringIncludes(plain.stderr, "tcp info: unknown (needs --allow-ffi)\n");
  if (Deno.build.os === "windows") return;
  const full = await runCli([...args, "--ttl", "33"], FFI);
  assertMatch(full.stdout.split("\n")[1], /; kernel rtt [\d.]+ ms ±[\d.]+ ms, 0 retransmitted\)$/);
  assertMatch(full.stderr, /ttl +33 +33/);
  assertEquals(full.stderr.includes("tcp info"), false);
});

Deno.test("ping: --json is one object, --json-lines one per probe and the summary", async () => {
  await using server = serve({ port: 0 });
  const target = `:${server.addr.port}`;
  const whole = await runCli(["ping", target, "-c", "25", "-i", "0", "--json", "--fail-if", "loss>0%"]);
  assertEquals([whole.code, whole.stderr, whole.stdout.split("\n").length], [0, "", 2]);
  const result = parsed(whole.stdout);
  assertEquals([result.schema, result.command, result.received, result.error], [1, "ping", 25, null]);
  assertEquals(result.gates, [{ expression: "loss>0%", value: 0, hit: false }]);
  assertEquals(result.options.count, 25);

  const lines = (await runCli(["ping", target, "-c", "2", "-i", "0", "--json-lines"], FFI)).stdout.trimEnd().split(
    "\n",
  );
  assertEquals(lines.length, 3);
  for (const [i, line] of lines.slice(0, 2).entries()) {
    const { schema, event, seq, outcome, timeMs, tcpInfo } = parsed(line, "PingSample");
    assertEquals([schema, event, seq, outcome, timeMs > 0], [1, "probe", i + 1, "reply", true]);
    if (Deno.build.os !== "windows") assertEquals(tcpInfo.state, "ESTABLISHED");
  }
  const summary = parsed(lines[2]);
  assertEquals([summary.event, summary.received], ["summary", 2]);
});

Deno.test("ping: --json and --json-lines exclude each other", async () => {
  const { code, stdout, stderr } = await runCli(["ping", ":9", "--json", "--json-lines"], { permissions: [] });
  const message = "--json and --json-lines exclude each other: give one of them";
  assertEquals([code, stderr], [2, `sounder: ${message}\n`]);
  assertEquals(JSON.parse(stdout).error, { kind: "usage", message });
});

Deno.test("ping: a dead port is lost probe by probe, exit 1, also as JSON", async () => {
  const { port, code, stdout, stderr } = await pingDeadPort("-c", "2", "-i", "10ms");
  assertEquals([code, stderr], [1, ""]);
  const lost = (seq: number) => `seq=${seq} lost: cannot connect to 127.0.0.1:${port}: connection refused`;
  assertEquals(stdout.split("\n").slice(0, 2), [lost(1), lost(2)]);
  assertMatch(
    stdout,
    /\n2 packets transmitted, 0 received, 100% packet loss, time \d+ms\n2 lost \(refused\): .*\noutage from .* not over at/,
  );
  const json = await pingDeadPort("-c", "2", "-i", "10ms", "--json");
  const { transmitted, received, loss, rtt, outages, error } = parsed(json.stdout);
  assertEquals([json.code, transmitted, received, loss, rtt, error], [1, 2, 0, 1, null, null]);
  assertEquals([outages.length, outages[0].lost, outages[0].durationMs], [1, 2, null]);
});

Deno.test("ping: a name that is not known is one line, exit 1, and an object with --json and --json-lines", async () => {
  const message = "cannot connect to nobody.invalid:9: host name not found";
  const { code, stdout, stderr } = await runCli(["ping", "nobody.invalid:9"]);
  assertEquals([code, stdout, stderr], [1, "", `sounder: ${message}\n`]);
  for (const flag of ["--json", "--json-lines"]) {
    const json = await runCli(["ping", "nobody.invalid:9", flag]);
    const { error, transmitted } = parsed(json.stdout);
    assertEquals([json.code, error, transmitted], [1, { kind: "not-found", message }, 0]);
  }
});

Deno.test("ping: a missing permission is exit 2 and one object", async () => {
  const { code, stdout, stderr } = await runCli(["ping", ":9", "--json"], { permissions: [] });
  assertEquals(code, 2);
  assertMatch(stderr, /^sounder: cannot connect to 127\.0\.0\.1:9: net permission is missing.*--allow-net\n$/);
  assertEquals(parsed(stdout).error.kind, "permission");
});

Deno.test("ping: gates, and not the losses, say how it ends where there are any", async () => {
  await using peer = answeringPeer(64, (n, probe) => n === 2 ? "close" : probe);
  const ping = (...gates: string[]) =>
    runCli(["ping", `:${peer.port}`, "-c", "10", "-i", "0", ...gates.flatMap((gate) => ["--fail-if", gate])]);
  const hit = await ping("loss>5%", "max>1m");
  assertEquals(hit.code, 1);
  assertStringIncludes(hit.stdout, "Gates:\n  hit     loss>5%  10.0%\n  passed  max>1m   ");
  // The second connection lost none: those were 11 probes, and the second is behind us.
  assertEquals((await ping()).code, 0);
  await using worse = answeringPeer(64, (n, probe) => n === 2 ? "close" : probe);
  const args = ["ping", `:${worse.port}`, "-c", "10", "-i", "0"];
  assertEquals((await runCli([...args, "--fail-if", "loss>10%"])).code, 0);
  assertEquals((await pingDeadPort("-c", "1", "--fail-if", "p99>1ms")).code, 1);
});

Deno.test("ping: a lost probe is exit 1, and a reconnect is told", async () => {
  await using peer = answeringPeer(64, (n, probe) => n === 2 ? "close" : probe);
  const { code, stdout, stderr } = await runCli(["ping", `:${peer.port}`, "-c", "3", "-i", "0"]);
  assertEquals([code, stderr], [1, ""]);
  const [, second, third] = stdout.split("\n");
  assertEquals(second, "seq=2 lost: the server closed the connection");
  assertMatch(third, /seq=3 time=[\d.]+ ms \(new connection, made in [\d.]+ ms\)$/);
  assertMatch(stdout, /\noutage from .* s, 1 lost\n1 reconnect\n$/);
});

Deno.test("ping: --log-level debug logs connects and errors on stderr, never probes", async () => {
  await using peer = answeringPeer(64, (n, probe) => n === 2 ? "close" : probe);
  const args = ["ping", `:${peer.port}`, "-c", "3", "-i", "0", "--log-level", "debug", "--log-format", "json"];
  const { stderr } = await runCli(args);
  const lines = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ event }) => event), ["connect", "error", "connect"]);
});

testUnless(
  notPosix(),
  "ping: without -c a signal is its end: the summary, exit 0, or 1 if a probe was lost",
  async () => {
    await using server = serve({ port: 0 });
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const running = startPing([`:${server.addr.port}`, "-i", "10ms"]);
      await running.until(/seq=3 /);
      running.process.kill(signal);
      const { code, stdout, stderr } = await running.end();
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /\n\n--- .* ping statistics ---\n\d+ packets transmitted, \d+ received, 0% packet loss/);
    }
    await using peer = answeringPeer(64, (n, probe) => n === 2 ? "close" : probe);
    const lossy = startPing([`:${peer.port}`, "-i", "10ms"]);
    await lossy.until(/seq=3 /);
    lossy.process.kill("SIGINT");
    assertEquals((await lossy.end()).code, 1);
  },
);

testUnless(
  notPosix(),
  "ping: with -c a signal cuts it short: 130 or 143, the summary, one object with --json",
  async () => {
    await using server = serve({ port: 0 });
    const target = `:${server.addr.port}`;
    const text = startPing([target, "-c", "1000000", "-i", "10ms"]);
    await text.until(/seq=3 /);
    text.process.kill("SIGINT");
    const { code, stdout, stderr } = await text.end();
    assertEquals([code, stderr], [130, "sounder: cut short by SIGINT\n"]);
    assertStringIncludes(stdout, "% packet loss");
    const lines = startPing([target, "-c", "1000000", "-i", "10ms", "--json-lines"]);
    await lines.until(/"seq":3,/);
    lines.process.kill("SIGTERM");
    const json = await lines.end();
    const { event, error, received } = parsed(json.stdout.trimEnd().split("\n").at(-1)!);
    assertEquals([json.code, event, error], [143, "summary", { kind: "interrupted", message: "cut short by SIGTERM" }]);
    assert(received >= 3);
  },
);

testUnless(notPosix(), "ping: a signal while it connects to somebody who does not answer ends it, exit 1", async () => {
  // Nothing is accepted, so no echo comes: the first probe is under way when the signal comes.
  using listener = listen({ port: 0 });
  const args = [`:${listener.addr.port}`, "-W", "1m", "--json", "--log-level", "debug"];
  const process = spawnCli(["ping", ...args]);
  await process.stdin.close();
  const stderr = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  assertStringIncludes((await stderr.read()).value!, "connected to");
  process.kill("SIGINT");
  const stdout = await new Response(process.stdout).text();
  await stderr.cancel();
  const { transmitted, received, error } = parsed(stdout);
  assertEquals([(await process.status).code, transmitted, received, error], [1, 0, 0, null]);
});

testUnless(notPosix(), "ping: whoever closes stdout ends it quietly", async () => {
  await using server = serve({ port: 0 });
  const process = spawnCli(["ping", `:${server.addr.port}`, "-i", "10ms"]);
  await process.stdin.close();
  const output = process.stdout.getReader();
  await output.read();
  await output.cancel();
  const [{ code }, stderr] = await Promise.all([process.status, new Response(process.stderr).text()]);
  assertEquals([code, stderr], [0, ""]);
});
