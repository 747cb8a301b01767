import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readResult } from "../../lib/measure/read_result.ts";
import { listen } from "../../lib/net/listen.ts";
import { tlsAcceptor } from "../../lib/net/tls_acceptor.ts";
import { certificateAuthority } from "../support/certificates.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { randomBytes } from "../support/bytes.ts";
import { type Finished, runCli } from "../support/cli.ts";
import { type Peer, servingPeer } from "../support/ping_peers.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { tlsEchoPeer, type TlsFiles, tlsFiles } from "../support/tls_peers.ts";

const PERMISSIONS = ["--allow-net", "--allow-read"];

/** Runs a command against a server. */
function run(command: string, port: number, ...args: string[]): Promise<Finished> {
  return runCli([command, `:${port}`, ...args], { permissions: PERMISSIONS });
}

/** The one object on stdout. */
// deno-lint-ignore no-explicit-any
function objectOf({ stdout }: Finished): any {
  assertEquals(stdout.trimEnd().split("\n").length, 1);
  return JSON.parse(stdout);
}

const FACTS = { version: "1.3", alpnProtocol: null, peer: "localhost", verified: true };

/** The files, and an echo server that is started with them. */
async function setUp(options: Partial<Parameters<typeof tlsEchoPeer>[0]> = {}) {
  const files = await tlsFiles();
  const peer = await tlsEchoPeer({ ...files.server, ...options });
  return {
    files,
    peer,
    port: peer.port,
    trust: ["--tls-ca", files.ca],
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose]();
    },
  };
}

Deno.test("send --tls-ca: the echo comes through TLS, and --verbose and --json say what it came to", async () => {
  await using server = await setUp();
  const { port, trust } = server;
  const told = await run("send", port, "data1", "data2", ...trust, "-v");
  assertEquals([told.code, told.stdout], [0, "data1\ndata2\n"]);
  assertMatch(told.stderr, /^sent 12 bytes to .*; connected in [\d.]+ ms, TLS in [\d.]+ ms, all in [\d.]+ ms\n/);
  assertMatch(told.stderr, /\ntls: version 1\.3, TLS_\w+, peer localhost, handshake [\d.]+ ms\n/);
  const { tls: { cipher, ...facts }, connectMs, tlsMs, elapsedMs } = objectOf(
    await run("send", port, "data1", ...trust, "--json"),
  );
  assertEquals(facts, FACTS);
  assertMatch(cipher, /^TLS_/);
  assert(connectMs > 0 && tlsMs > 0 && connectMs + tlsMs <= elapsedMs);
  // Without certificate checks nothing else changes.
  const insecure = await run("send", port, "data1", "--tls-insecure", "-v");
  assertEquals([insecure.code, insecure.stdout], [0, "data1\n"]);
  assertMatch(insecure.stderr, /\ntls: version 1\.3, TLS_\w+, peer localhost \(not checked\), handshake /);
});

Deno.test("--tls-insecure: send, ping and bench warn of it in one line, and the result says it; not with --quiet", async () => {
  await using server = await setUp();
  const commands = [["send", "data1"], ["ping", "-c", "1"], ["bench", "-c", "1", "-d", "50ms", "--warmup", "0"]];
  for (const [command, ...args] of commands) {
    const told = await run(command, server.port, ...args, "--tls-insecure", "--json");
    assertMatch(
      told.stderr,
      /^\S+ WARN {2}certificate not checked \(--tls-insecure\): nothing proves who the server is\n$/,
    );
    const { verified, peer } = objectOf(told).tls;
    assertEquals([told.code, verified, peer], [0, false, "localhost"], command);
    const quiet = await run(command, server.port, ...args, "--tls-insecure", "--quiet");
    assertEquals([quiet.code, quiet.stderr], [0, ""], command);
    const checked = await run(command, server.port, ...args, ...server.trust, "--json");
    assertEquals([checked.stderr, objectOf(checked).tls.verified], ["", true], command);
  }
});

Deno.test("what the names in a certificate have a terminal do is not done, whatever shows them", async () => {
  const authority = await certificateAuthority();
  const hostile = { commonName: "a\x1b]0;b\x07\nsounder: forged", names: ["localhost", "c\x1b[2Jd"] };
  await using peer = await tlsEchoPeer(await authority.issue(hostile));
  for (
    const args of [
      ["send", "data1", "-v"],
      ["send", "data1", "--json"],
      ["ping", "-c", "1", "-v"],
      ["bench", "-c", "1", "-d", "50ms", "--warmup", "0", "-v"],
    ]
  ) {
    const [command, ...rest] = args;
    const { code, stdout, stderr } = await run(command, peer.port, ...rest, "--tls-insecure");
    assertEquals(code, 0);
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x1b\x07]|^sounder: forged/m.test(stdout + stderr), false, args.join(" "));
  }
  await using folder = await temporaryFolder({ "ca.pem": authority.cert });
  const trust = ["--tls-ca", `${folder.path}/ca.pem`, "--tls-name", "e.test", "-v"];
  const { stderr } = await run("send", peer.port, "data1", ...trust);
  assertStringIncludes(stderr, "not for e.test, but for localhost, c\\u001b[2Jd");
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x1b\x07]/.test(stderr), false, stderr);
});

Deno.test("a path in an error is as it was given, whatever it is called", async () => {
  const { code, stderr } = await run("send", 1, "data1", "--tls-ca", "caCerts/none.pem");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "cannot read caCerts/none.pem: ");
});

Deno.test("send over TLS: a stream of stdin comes back whole, half of it after our end", async () => {
  await using server = await setUp();
  const sent = randomBytes(3 * 1024 * 1024 + 1);
  const args = ["send", `:${server.port}`, ...server.trust];
  const { code, bytes, stderr } = await runCli(args, { permissions: PERMISSIONS, stdin: sent });
  assertEquals([code, stderr], [0, ""]);
  assertSameBytes(bytes, sent);
});

Deno.test("send: without TLS it has none to tell", async () => {
  await using peer = servingPeer(async (connection) => {
    const buffer = new Uint8Array(6);
    await connection.write(buffer.subarray(0, await connection.read(buffer) ?? 0));
  });
  const { tls, tlsMs } = objectOf(await run("send", peer.port, "data1", "--json"));
  assertEquals([tls, tlsMs], [null, null]);
});

/** Who is refused, and why: the options, the server, and what is said after `cannot connect to HOST:PORT: `. */
interface Refused {
  name: string;
  args: (files: TlsFiles) => string[];
  start: (files: TlsFiles) => Peer | Promise<Peer>;
  why: RegExp;
}

const REFUSED: Refused[] = [
  {
    name: "an authority that is not trusted",
    args: ({ otherCa }) => ["--tls-ca", otherCa],
    start: ({ server }) => tlsEchoPeer(server),
    why: /not signed by an authority that is trusted here: trust one with --tls-ca, or take any with --tls-insecure$/,
  },
  {
    name: "an authority that nobody knows",
    args: () => ["--tls"],
    start: ({ server }) => tlsEchoPeer(server),
    why: /not signed by an authority that is trusted here: trust one with --tls-ca, or take any with --tls-insecure$/,
  },
  {
    name: "another name",
    args: ({ ca }) => ["--tls-ca", ca],
    start: ({ otherServer }) => tlsEchoPeer(otherServer),
    why: /its certificate is not for 127\.0\.0\.1, but for other\.test: ask for one of these with --tls-name$/,
  },
  {
    name: "another name than --tls-name",
    args: ({ ca }) => ["--tls-ca", ca, "--tls-name", "third.test"],
    start: ({ otherServer }) => tlsEchoPeer(otherServer),
    why: /its certificate is not for third\.test, but for other\.test: /,
  },
  {
    name: "an older version of TLS",
    args: ({ ca }) => ["--tls-ca", ca, "--tls-min", "1.3"],
    start: ({ server }) => tlsEchoPeer({ ...server, maxVersion: "1.2" }),
    why: /--tls-min and --tls-max$/,
  },
  {
    name: "no protocol in common",
    args: ({ ca }) => ["--tls-ca", ca, "--tls-alpn", "h2,http/1.1"],
    start: ({ server }) => tlsEchoPeer({ ...server, alpnProtocols: ["echo/1"] }),
    why: /--tls-alpn$/,
  },
  {
    name: "no TLS at all",
    args: () => ["--tls"],
    start: () =>
      servingPeer(async (connection) => {
        await connection.write(new TextEncoder().encode("220 ready when you are\r\n"));
        await connection.read(new Uint8Array(1));
      }),
    why: /the peer does not speak TLS$/,
  },
  {
    name: "a certificate that nobody showed (TLS 1.2)",
    args: ({ ca }) => ["--tls-ca", ca],
    start: ({ server, authority }) => tlsEchoPeer({ ...server, maxVersion: "1.2", clientCaCerts: [authority] }),
    why: /certificate\b.*--tls-cert and --tls-key\)?$/,
  },
];

for (const { name, args, start, why } of REFUSED) {
  Deno.test(`send, ping and bench over TLS fail in one line, of the kind tls: ${name}`, async () => {
    await using files = await tlsFiles();
    await using peer = await start(files);
    const asked = args(files);
    const line = (message: string) => {
      const [said, rest] = [message.slice(0, message.indexOf(": ")), message.slice(message.indexOf(": ") + 2)];
      assertEquals(said, `cannot connect to 127.0.0.1:${peer.port}`, message);
      assertMatch(rest, why);
    };
    const sent = await run("send", peer.port, "data1", "--json", ...asked);
    const { error } = objectOf(sent);
    assertEquals([sent.code, error.kind, sent.stderr], [1, "tls", `sounder: ${error.message}\n`]);
    line(error.message);

    for (const mode of [[], ["--connect"]]) {
      const pinged = await run("ping", peer.port, "-c", "2", "-i", "10ms", "--json", ...mode, ...asked);
      const { losses: [loss], received, tls, tlsTime } = objectOf(pinged);
      assertEquals([pinged.code, loss.kind, loss.count, received], [1, "tls", 2, 0]);
      assertEquals([tls, tlsTime], [null, null]);
      line(loss.example);
    }

    const benched = await run("bench", peer.port, "-c", "2", "-d", "100ms", "--warmup", "0", "--json", ...asked);
    const result = readResult(benched.stdout, "stdout");
    assertEquals([benched.code, result.errors[0].kind, result.totals.requests], [1, "tls", 0]);
    assertEquals([result.error?.kind, result.tls, result.tlsTime?.count], ["tls", null, 0]);
    line(result.errors[0].example);
    line(result.error!.message);
  });
}

Deno.test("send over TLS: a peer that says nothing is given up at --connect-timeout", async () => {
  using listener = listen();
  const { code, stderr } = await run("send", listener.addr.port, "data1", "--tls", "--connect-timeout", "200ms");
  assertEquals(code, 1);
  assertMatch(stderr, /^sounder: cannot connect to 127\.0\.0\.1:\d+: no answer within 200 ms\n$/);
});

Deno.test("--tls-name is asked for and looked for, --tls-alpn agreed on, --tls-max kept", async () => {
  await using files = await tlsFiles();
  await using peer = await tlsEchoPeer({ ...files.otherServer, alpnProtocols: ["echo/2", "echo/1"] });
  const args = ["--tls-ca", files.ca, "--tls-name", "other.test", "--tls-alpn", "echo/1,x", "--tls-max", "1.2"];
  const { tls: { cipher, ...facts } } = objectOf(await run("send", peer.port, "data1", "--json", ...args));
  assertEquals(facts, { version: "1.2", alpnProtocol: "echo/1", peer: "other.test", verified: true });
  assertMatch(cipher, /^TLS_ECDHE_/);
});

Deno.test("mutual TLS: a certificate is shown; without one the peer's alert is told", async () => {
  await using files = await tlsFiles();
  await using peer = await tlsEchoPeer({ ...files.server, clientCaCerts: [files.authority] });
  const trust = ["--tls-ca", files.ca];
  const own = [...trust, "--tls-cert", files.clientCert, "--tls-key", files.clientKey];
  assertEquals((await run("send", peer.port, "data1", ...own)).stdout, "data1\n");
  assertEquals((await run("ping", peer.port, "-c", "2", "-i", "0", ...own)).code, 0);
  assertEquals((await run("bench", peer.port, "-c", "2", "-d", "100ms", ...own)).code, 0);

  // With TLS 1.3 the handshake is over for the client when the server refuses it.
  const alert = "the peer asks for a certificate: show one with --tls-cert and --tls-key";
  const sent = await run("send", peer.port, "data1", ...trust);
  const line = `sounder: peer has echoed 0 of 6 bytes: it reset the connection (${alert})\n`;
  assertEquals([sent.code, sent.stdout, sent.stderr], [1, "", line]);
  const pinged = await run("ping", peer.port, "-c", "2", "-i", "10ms", "--json", ...trust);
  assertEquals([pinged.code, objectOf(pinged).losses], [1, [{ kind: "tls", count: 2, example: alert }]]);
  const benched = await run("bench", peer.port, "-c", "1", "-d", "100ms", "--warmup", "0", "--json", ...trust);
  const { errors } = readResult(benched.stdout, "stdout");
  assertEquals([benched.code, errors.map(({ kind, example }) => [kind, example])], [1, [["tls", alert]]]);
});

Deno.test("ping over TLS: the first probe tells the handshake, the summary has it in a line of its own", async () => {
  await using server = await setUp();
  const { port, trust } = server;
  const { code, stdout, stderr } = await run("ping", port, "-c", "3", "-i", "10ms", ...trust);
  assertEquals([code, stderr], [0, ""]);
  const [first, second] = stdout.split("\n");
  assertMatch(first, /: seq=1 time=[\d.]+ ms tls=[\d.]+ ms$/);
  assertMatch(second, /: seq=2 time=[\d.]+ ms$/);
  assertMatch(stdout, /\ntls min\/avg\/max\/mdev = \d+\.\d{3}\/\d+\.\d{3}\/\d+\.\d{3}\/0\.000 ms\n$/);
  const verbose = await run("ping", port, "-c", "1", "-v", ...trust);
  assertMatch(verbose.stdout, / \(connect [\d.]+ ms, TLS [\d.]+ ms, first byte [\d.]+ ms, echo [\d.]+ ms\)\n/);
  assertMatch(verbose.stderr, /^tls: version 1\.3, TLS_\w+, peer localhost, handshake [\d.]+ ms\n/);
});

Deno.test("ping --connect over TLS: connect and TLS handshake apart, for each probe", async () => {
  await using server = await setUp();
  const args = ["-c", "3", "-i", "10ms", "--connect", ...server.trust];
  const text = await run("ping", server.port, ...args);
  assertEquals([text.code, text.stderr], [0, ""]);
  for (const seq of [1, 2, 3]) {
    assertMatch(
      text.stdout,
      new RegExp(`^connected to 127\\.0\\.0\\.1:\\d+: seq=${seq} time=[\\d.]+ ms tls=[\\d.]+ ms$`, "m"),
    );
  }
  const { stdout } = await run("ping", server.port, ...args, "--json-lines");
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const { timeMs, phases: { connectMs, tlsMs, echoMs } } of lines.slice(0, 3)) {
    assert(tlsMs > 0 && connectMs > 0);
    assertEquals([timeMs, echoMs], [connectMs, null]);
  }
  const { tls: { cipher: _, ...facts }, tlsTime, rtt, options } = lines[3];
  assertEquals([facts, options.tls], [FACTS, true]);
  const handshakes = lines.slice(0, 3).map(({ phases }) => phases.tlsMs);
  assertEquals([tlsTime.minMs, tlsTime.maxMs], [Math.min(...handshakes), Math.max(...handshakes)]);
  assertEquals(rtt.minMs, Math.min(...lines.slice(0, 3).map(({ timeMs }) => timeMs)));
});

Deno.test("ping over TLS: a reconnect tells its handshake, too", async () => {
  await using files = await tlsFiles();
  const acceptor = await tlsAcceptor(files.server);
  await using peer = servingPeer(async (connection) => {
    using secured = await acceptor.accept(connection);
    const probe = new Uint8Array(64);
    await secured.read(probe);
    await secured.write(probe);
  });
  const { stdout } = await run("ping", peer.port, "-c", "4", "-i", "50ms", "--json-lines", "--tls-ca", files.ca);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const { reconnects, tlsTime } = lines.pop();
  const made = lines.filter(({ phases }) => phases.tlsMs !== null);
  assert(reconnects >= 1 && made.length >= 2, stdout);
  for (const { phases } of made) assert(phases.connectMs > 0);
  assert(tlsTime.maxMs > 0);
});

Deno.test("bench over TLS: closed and open loop, pipeline, stream, churn and Workers", async () => {
  await using server = await setUp();
  const { port, trust } = server;
  const bench = async (...args: string[]) => {
    const quick = ["-c", "4", "-d", "300ms", "--warmup", "50ms", "--json"];
    const told = await run("bench", port, ...quick, ...trust, ...args);
    assertEquals([told.code, told.stderr], [0, ""], args.join(" "));
    const result = readResult(told.stdout, "stdout");
    const { cipher, ...facts } = result.tls!;
    assertEquals([facts, result.options.tls, result.errors], [FACTS, true, []]);
    assertMatch(cipher, /^TLS_/);
    assertEquals(result.tlsTime!.count, result.totals.connections);
    assertEquals(result.connectTime.count, result.totals.connections);
    assert(result.tlsTime!.minMs! > 0 && result.connectTime.minMs! > 0);
    return result;
  };
  assert((await bench()).totals.requests > 0);
  const open = await bench("-r", "100");
  assertEquals(open.schedule?.due, 30);
  assert((await bench("--pipeline", "3")).totals.requests > 0);
  assert((await bench("--mode", "stream")).totals.bytesReceived > 0);
  const churn = await bench("--churn");
  assert(churn.totals.requests > 0 && churn.totals.connections >= churn.totals.requests);
  // Each request's latency has the making of its connection in it.
  assert(churn.latency.minMs! >= churn.connectTime.minMs! + churn.tlsTime!.minMs!);
  const threads = await bench("--workers", "2");
  assertEquals([threads.options.workers, threads.totals.connections], [2, 4]);
});

Deno.test("bench over TLS: the text says so", async () => {
  await using server = await setUp();
  const { code, stdout } = await run("bench", server.port, "-c", "2", "-d", "100ms", "-v", ...server.trust);
  assertEquals(code, 0);
  assertMatch(stdout, /^ {2}2 connections, .*, TLS 1\.3, /m);
  assertMatch(stdout, /^ {2}TLS handshake +\S+ /m);
  assertMatch(stdout, /^ {2}TLS +1\.3, TLS_\w+$/m);
});

Deno.test("bench --workers over TLS: a wrong authority fails in each thread, of the kind tls", async () => {
  await using server = await setUp();
  const args = ["-c", "2", "-d", "100ms", "--workers", "2", "--json", "--tls-ca", server.files.otherCa];
  const { code, stdout } = await run("bench", server.port, ...args);
  const { errors, error } = readResult(stdout, "stdout");
  assertEquals([code, errors.map(({ kind }) => kind), error?.kind], [1, ["tls"], "tls"]);
});
