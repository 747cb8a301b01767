import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { acceptLoop, type Connection, listen, type Listener, serve } from "../../mod.ts";
import { runCli, spawnCli } from "../support/cli.ts";
import { notPosix, testUnless } from "../support/needs.ts";

/** A server that does with each connection what it is told, for lies that an honest one does not tell. */
function liar(behave: (connection: Connection) => Promise<void>): AsyncDisposable & { port: string } {
  const listener: Listener = listen({ port: 0 });
  const running: Promise<void>[] = [];
  const loop = acceptLoop(listener, (connection) => {
    running.push(behave(connection).catch(() => {}).finally(() => connection.close()));
  });
  return {
    port: String(listener.addr.port),
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await loop;
      await Promise.all(running);
    },
  };
}

/** Reads `length` bytes. */
async function readExactly(connection: Connection, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) done += await connection.read(bytes.subarray(done)) ?? length;
  return bytes;
}

/** Waits for the peer's FIN or RST. */
async function untilEnd(connection: Connection): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer) !== null);
}

Deno.test("each message goes out with a newline and is printed as it came back", async () => {
  await using server = serve();
  const target = `:${server.addr.port}`;
  for (const messages of [["data1", "data2"], ["007"], ["1e3"], ["0x10"], [""], ["ünï"], ["true"], ["a b"]]) {
    const { code, stdout, stderr } = await runCli(["send", target, ...messages]);
    assertEquals([code, stdout, stderr], [0, messages.join("\n") + "\n", ""]);
  }
  const dashed = await runCli(["send", target, "--", "-5", "--json"]);
  assertEquals(dashed.stdout, "-5\n--json\n");
});

Deno.test("stdin goes out as it is, binary and empty too", async () => {
  await using server = serve();
  for (const stdin of [new Uint8Array(), Uint8Array.of(0), new Uint8Array(1_000_000).map((_, i) => i * 7 >> 3)]) {
    const { code, bytes, stderr } = await runCli(["send", `:${server.addr.port}`], { stdin });
    assertEquals([code, stderr, bytes.length], [0, "", stdin.length]);
    assertEquals(bytes, stdin);
  }
});

Deno.test("--json: one object and no echo on stdout", async () => {
  await using server = serve();
  const { code, stdout } = await runCli(["send", `:${server.addr.port}`, "hello", "--json"]);
  const { connectMs, elapsedMs, socketOptions, ...rest } = JSON.parse(stdout);
  assert(connectMs > 0 && elapsedMs >= connectMs);
  assertEquals(Object.keys(socketOptions), ["noDelay"]);
  assertEquals([code, rest], [0, {
    schema: 1,
    command: "send",
    address: "127.0.0.1",
    port: server.addr.port,
    messages: 1,
    bytesSent: 6,
    bytesReceived: 6,
    // sha256sum of "hello\n".
    sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    verified: true,
    tlsMs: null,
    tls: null,
    tcpInfo: null,
    error: null,
  }]);
  const piped = JSON.parse((await runCli(["send", `:${server.addr.port}`, "--json"], { stdin: "hello\n" })).stdout);
  assertEquals([piped.messages, piped.sha256], [null, rest.sha256]);
});

Deno.test("--verbose says on stderr what was sent and how long it took", async () => {
  await using server = serve();
  const { stdout, stderr } = await runCli(["send", "-v", `:${server.addr.port}`, "x"]);
  assertEquals(stdout, "x\n");
  assertStringIncludes(stderr, `sent 2 bytes to 127.0.0.1:${server.addr.port}, 2 came back, each as it was sent;`);
});

Deno.test("--log-level debug tells sent, recv and close, on stderr", async () => {
  await using server = serve();
  const { stdout, stderr } = await runCli(["send", "--log-level", "debug", `:${server.addr.port}`, "x"]);
  assertEquals(stdout, "x\n");
  const peer = `127.0.0.1:${server.addr.port}`;
  for (
    const part of [`connected to ${peer}`, `sent 2 bytes to ${peer}: "x\\n"`, `recv 2 bytes from`, `close ${peer}`]
  ) {
    assertStringIncludes(stderr, part);
  }
});

Deno.test("a wrong byte is caught with its offset, exit 1", async () => {
  await using server = liar(async (connection) => {
    const bytes = await readExactly(connection, 6);
    bytes[4] ^= 1;
    await connection.write(bytes);
    await untilEnd(connection);
  });
  const { code, stdout, stderr } = await runCli(["send", `:${server.port}`, "data1"]);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(stderr, 'sounder: echo differs at byte 4: expected "1\\n", got "0\\n"\n');
  const { error, verified } = JSON.parse((await runCli(["send", `:${server.port}`, "data1", "--json"])).stdout);
  assertEquals([error.kind, error.offset, error.expected, error.actual, verified], [
    "mismatch",
    4,
    '"1\\n"',
    '"0\\n"',
    false,
  ]);
});

Deno.test("--no-verify lets a wrong byte pass, and says that it did not verify", async () => {
  await using server = liar(async (connection) => {
    await readExactly(connection, 6);
    await connection.write(new TextEncoder().encode("wrong\n"));
    await untilEnd(connection);
  });
  const { code, stdout } = await runCli(["send", `:${server.port}`, "data1", "--no-verify", "--json"]);
  const { verified, bytesReceived, error } = JSON.parse(stdout);
  assertEquals([code, verified, bytesReceived, error], [0, false, 6, null]);
});

Deno.test("more bytes than were sent are caught", async () => {
  await using server = liar(async (connection) => {
    await connection.write(await readExactly(connection, 6));
    await connection.write(new TextEncoder().encode("more"));
    await untilEnd(connection);
  });
  const { code, stderr } = await runCli(["send", `:${server.port}`, "data1"]);
  assertEquals([code, stderr], [1, 'sounder: echo is longer than what was sent: after byte 6 came "more"\n']);
});

Deno.test("a peer that closes, falls silent or keeps its side open is told apart, exit 1", async () => {
  let release = () => {};
  const cases: [kind: string, missing: number, text: string, behave: (connection: Connection) => Promise<void>][] = [
    ["closed", 6, "peer has echoed 0 of 6 bytes: it closed the connection", (c) => readExactly(c, 6).then(() => {})],
    ["closed", 3, "peer has echoed 3 of 6 bytes: it closed the connection", async (c) => {
      await c.write((await readExactly(c, 6)).subarray(0, 3));
    }],
    ["stalled", 6, "peer has echoed 0 of 6 bytes: no more came for 100 ms", untilEnd],
    ["unfinished", 0, "peer did not send its FIN within 100 ms of ours", async (c) => {
      await c.write(await readExactly(c, 6));
      await new Promise<void>((resolve) => release = resolve);
    }],
  ];
  for (const [kind, missing, text, behave] of cases) {
    await using server = liar(behave);
    const { code, stdout, stderr } = await runCli(["send", `:${server.port}`, "data1", "--timeout", "100ms", "--json"]);
    release();
    const { error } = JSON.parse(stdout);
    assertEquals([code, error.kind, error.missing], [1, kind, missing]);
    assertEquals([stderr, error.message], [`sounder: ${text}\n`, text]);
  }
});

testUnless(notPosix(), "a signal ends it while nobody takes what it prints", async () => {
  await using server = serve();
  const child = spawnCli(["send", `:${server.addr.port}`, "x".repeat(100_000), "y".repeat(100_000)]);
  // The first bytes say that it prints; the rest is more than a pipe holds, and stays unread.
  const reader = child.stdout.getReader({ mode: "byob" });
  await reader.read(new Uint8Array(1));
  child.kill("SIGINT");
  const { code } = await child.status;
  assertEquals(code, 130);
  await Promise.all([reader.cancel(), child.stdin.close(), child.stderr.cancel()]);
});
