import { assert, assertEquals, assertExists, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli, startServer } from "../support/cli.ts";
import { notLinux, testUnless } from "../support/needs.ts";

const FFI = { permissions: ["--allow-net", "--allow-ffi"] };

/** The last JSON object of an output. */
function lastJson(stdout: string) {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
}

testUnless(notLinux(), "the recipe's call: serve tells what was asked, and what the kernel has", async () => {
  const flags = ["--keepalive-idle", "1800", "--keepalive-count", "5", "--keepalive-interval", "15"];
  await using server = await startServer(["--json", "--recv-buffer", "64k", ...flags], FFI);
  const { socketOptions } = JSON.parse(server.ready);
  const inherited = "on the listener, inherited";
  assertEquals(socketOptions, {
    backlog: { requested: 511, effective: 511, how: "by listen()" },
    reusePort: { requested: false, effective: false, how: "by listen()" },
    reuseAddress: { requested: true, effective: true, how: "by listen()" },
    recvBufferBytes: {
      requested: 65536,
      effective: 131072,
      how: inherited,
      note: "doubled by the kernel for its bookkeeping",
    },
    noDelay: { requested: true, effective: true, how: inherited },
    keepAlive: { requested: true, effective: true, how: inherited },
    keepAliveIdleMs: { requested: 1_800_000, effective: 1_800_000, how: inherited },
    keepAliveIntervalMs: { requested: 15_000, effective: 15_000, how: inherited },
    keepAliveCount: { requested: 5, effective: 5, how: inherited },
  });
  assertEquals((await runCli(["send", `:${server.port}`, "hello"])).stdout, "hello\n");
});

testUnless(
  notLinux(),
  "serve logs every option of the recipes at debug, of the listener and of connections",
  async () => {
    const server = await startServer(["--log-level", "debug", "--keepalive-idle", "1800", "--send-buffer", "64k"], FFI);
    await runCli(["send", `:${server.port}`, "hello"]);
    const { stderr } = await server.stop();
    const ofBoth = "recv-buffer \\d+, send-buffer 131072, nodelay on, quickack (on|off), keepalive on, " +
      "keepalive-idle 1800s, keepalive-interval \\d+s, keepalive-count \\d+\n";
    const listener = `options of listener 127.0.0.1:${server.port}: reuse-address on, reuse-port off, backlog 511, `;
    assertMatch(stderr, new RegExp(listener + ofBoth));
    assertMatch(stderr, new RegExp(`options of connection 127.0.0.1:\\d+: ${ofBoth}`));
    const synAckRetries = Number(await Deno.readTextFile("/proc/sys/net/ipv4/tcp_synack_retries").catch(() => "5"));
    assertStringIncludes(stderr, `max connect timeout: ${2 ** (synAckRetries + 1) - 1}s, by the formula`);
  },
);

testUnless(notLinux(), "send --json tells the options and TCP_INFO; nothing of it without FFI", async () => {
  await using server = await startServer();
  const args = ["send", `:${server.port}`, "hello", "--json"];
  const withFfi = lastJson((await runCli([...args, "--mss", "700", "--source", "127.0.0.3"], FFI)).stdout);
  const { mssBytes, source, noDelay } = withFfi.socketOptions;
  assertEquals([mssBytes.requested, mssBytes.how], [700, "before the SYN"]);
  assert(mssBytes.effective <= 700 && mssBytes.effective > 600, `${mssBytes.effective}`);
  assertMatch(source.effective, /^127\.0\.0\.3:\d+$/);
  assertEquals(noDelay, { requested: true, effective: true, how: "after connecting" });
  assertEquals(withFfi.tcpInfo.sentBytes, 6);
  assertEquals(withFfi.tcpInfo.sendMssBytes, mssBytes.effective);
  assert(withFfi.tcpInfo.rttUs > 0);

  const without = lastJson((await runCli(args)).stdout);
  assertEquals([without.tcpInfo, without.socketOptions.noDelay.effective], [null, null]);
  assertEquals(without.socketOptions.noDelay.note, "not read back (needs --allow-ffi)");
});

testUnless(notLinux(), "--verbose tells the same on stderr, for serve and send", async () => {
  const server = await startServer(["--verbose", "--backlog", "2000000000", "--quickack"], FFI);
  const sent = await runCli(["send", `:${server.port}`, "hello", "-v", "--user-timeout", "2500ms"], FFI);
  assertEquals(sent.stdout, "hello\n");
  assertMatch(sent.stderr, /\nsocket option +asked +effective +set\nnodelay +on +on +after connecting\n/);
  assertMatch(sent.stderr, /\nuser-timeout +2\.5s +2\.5s +before the SYN\n/);
  assertMatch(sent.stderr, /\ntcp info \(what is not 0\): state \w+, [^]*\brttUs \d+/);
  const { stderr } = await server.stop();
  assertMatch(stderr, /\nbacklog +2000000000 +\d+ +by listen\(\): capped at net\.core\.somaxconn \(\d+\)\n/);
  const own = "on each accepted connection, again after each read: each connection has its own";
  assertMatch(stderr, new RegExp(`\nquickack +on +unknown +${own}\n`));
});

Deno.test("a value that is wrong: one line with the flag, the value and the remedy, exit 2", async () => {
  const cases: [string[], string][] = [
    [
      ["--keepalive-idle", "1.5s"],
      '--keepalive-idle: bad value "1.5s": the kernel takes whole seconds only, the nearest',
    ],
    [["--keepalive-count", "128"], '--keepalive-count: bad value "128": use 1 to 127'],
    [["--ttl", "0"], '--ttl: bad value "0": use 1 to 255'],
    [["--ttl", "many"], '--ttl: bad number "many": use a whole number'],
    [["--tos", "0x100"], '--tos: bad value "256": use 0 to 255'],
    [["--mss", "87"], '--mss: bad value "87": use 88 to 32767 bytes'],
    [["--congestion", "a b"], '--congestion: bad value "a b": use a name'],
    [["--sockopt", "tcp"], '--sockopt: bad socket option "tcp": write LEVEL:NAME=INT'],
    [["--sockopt", "6:3=1", "--sockopt", "x:3=1"], '--sockopt: bad level in "x:3=1": use socket, ip, tcp, ipv6'],
    [["--keepalive", "--no-keepalive"], "--keepalive and --no-keepalive exclude each other"],
    [["--no-keepalive", "--keepalive-idle", "5"], "--no-keepalive and --keepalive-idle exclude each other"],
  ];
  const wrongSide: [string[], string][] = [
    [["send", ":1", "--backlog", "5"], "--backlog is no option of send: it belongs to serve"],
    [["send", ":1", "--defer-accept", "5"], "--defer-accept is no option of send: it belongs to serve"],
    [["send", ":1", "--no-reuse-address"], "--no-reuse-address is no option of send: it belongs to serve"],
    [["serve", "--backlog", "2147483648"], '--backlog: bad value "2147483648": use 1 to 2147483647'],
    [["serve", "--syn-retries", "2"], "--syn-retries is no option of serve: it belongs to send"],
    [["serve", "--source", "::1"], "--source is no option of serve: it belongs to send"],
    [["send", ":1", "--source", "localhost"], '--source: bad value "localhost": use an IP address of this machine'],
  ];
  const all = [
    ...cases.flatMap(([flags, message]): [string[], string][] => [
      [["serve", "--port", "0", ...flags], message],
      [["send", ":1", "hello", ...flags], message],
    ]),
    ...wrongSide,
  ];
  await Promise.all(all.map(async ([args, message]) => {
    const { code, stdout, stderr } = await runCli(args, FFI);
    assertEquals([code, stdout], [2, ""], `${args.join(" ")}: ${stderr}`);
    assertMatch(stderr, /^sounder: [^\n]+\n$/);
    assertStringIncludes(stderr, message);
  }));
});

testUnless(notLinux(), "what the kernel or the permissions refuse: exit 2, with the flag and the remedy", async () => {
  type Case = [args: string[], permissions: string[], kind: string, message: string];
  const cases: Case[] = [
    [
      ["--mark", "7"],
      ["--allow-net"],
      "permission",
      "--mark: cannot set mark: it goes through the C library (FFI), run",
    ],
    [["--congestion", "nonesuch"], FFI.permissions, "rejected", "--congestion: cannot set congestion to nonesuch: "],
    [["--bind-device", "nonesuch"], FFI.permissions, "rejected", "no network interface of that name"],
    [
      ["--sockopt", "6:999=1"],
      FFI.permissions,
      "unsupported",
      "--sockopt: cannot set 6:999 to 1: this kernel does not",
    ],
  ];
  const both = cases.flatMap(([flags, ...rest]) =>
    [["serve", "--port", "0"], ["send", ":1", "hello"]].map((command): Case => [[...command, ...flags], ...rest])
  );
  const source = ["send", ":1", "hello", "--source", "192.0.2.7"];
  const all: Case[] = [...both, [source, ["--allow-net"], "rejected", "this machine does not have that address"]];
  await Promise.all(all.map(async ([args, permissions, kind, message]) => {
    const { code, stdout, stderr } = await runCli([...args, "--json"], { permissions });
    assertEquals(code, 2, `${args.join(" ")}: ${stderr}`);
    const { error } = lastJson(stdout);
    assertEquals([error.kind, error.message], [kind, stderr.replace(/^sounder: (.*)\n$/, "$1")]);
    assertExists(error.option);
    assertStringIncludes(error.message, message);
  }));
});

testUnless(notLinux(), "send tells TCP_INFO of the end, or none: never of the beginning", async () => {
  await using server = await startServer();
  const target = `:${server.port}`;
  const whole = lastJson((await runCli(["send", target, "hello", "--json", "--ttl", "64"], FFI)).stdout);
  assertEquals([whole.tcpInfo.sentBytes, whole.tcpInfo.state === "ESTABLISHED"], [6, false]);
  // node:net, which Fast Open goes through, has closed the socket by then.
  const gone = lastJson((await runCli(["send", target, "hello", "--json", "--fast-open"], FFI)).stdout);
  // This system may have it switched off (net.ipv4.tcp_fastopen), which is told.
  if (gone.error?.kind === "unsupported") return;
  assertEquals([gone.bytesReceived, gone.tcpInfo], [6, null]);
});
