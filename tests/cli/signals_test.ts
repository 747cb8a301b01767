import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "../../lib/core/delay.ts";
import { sounderCommand, spawnCli } from "../support/cli.ts";
import { inTime, watch } from "../support/interop_process.ts";
import { sendEndlessly, serving } from "../support/interop_sounder.ts";
import { MIB, writeUntilStuck } from "../support/interop_transfer.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";

const missing = notPosix();

/** Longer than the 500 ms within which a second signal counts as the first one's echo: the time is what is tested. */
const AFTER_THE_ECHO = 600;

/**
 * Sends SIGINT at each turn of the event loop, and so at every step of the ending; all within the 500 ms that count as one
 * keypress.
 */
async function signalUntilEnded(process: Deno.ChildProcess): Promise<void> {
  const begin = performance.now();
  try {
    while (performance.now() - begin < 400) {
      process.kill("SIGINT");
      await delay(0);
    }
  } catch (error) {
    // So Deno says that it has ended.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Makes a connection and echoes one byte, so that the server is serving it. */
async function openConnection(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new Uint8Array(1));
  assertEquals(await conn.read(new Uint8Array(2)), 1);
  return conn;
}

function jsonLines(stdout: string): Record<string, unknown>[] {
  assert(stdout.endsWith("\n"), stdout);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  testUnless(missing, `serve: ${signal} with no connection ends it at once with 0 and the line "stopped"`, async () => {
    await using server = await serving(["--json", "--grace", "60s"]);
    const { code, stdout } = await server.stop(signal);
    const lines = jsonLines(stdout);
    assertEquals([code, lines.length], [0, 2]);
    assertEquals([lines[0].event, lines[0].port], ["listening", server.port]);
    const { schema, event, signal: name, open, total, refused, bytesIn, bytesOut, errors, error } = lines[1];
    assertEquals([schema, event, name, error], [1, "stopped", signal, null]);
    assertEquals([open, total, refused, bytesIn, bytesOut, errors], [0, 0, 0, 0, 0, 0]);
  });
}

testUnless(missing, "serve: an idle connection gets a FIN at the end of the grace, exit 0", async () => {
  await using server = await serving(["--json", "--grace", "200ms"]);
  using conn = await openConnection(server.port);
  server.process.kill("SIGTERM");
  assertEquals(await inTime(conn.read(new Uint8Array(1)), () => "no FIN"), null);
  conn.close();
  const { code, stdout } = await server.end();
  const { bytesIn, bytesOut, unechoedBytes, error } = jsonLines(stdout)[1];
  assertEquals({ code, bytesIn, bytesOut, unechoedBytes, error }, {
    code: 0,
    bytesIn: 1,
    bytesOut: 1,
    unechoedBytes: 0,
    error: null,
  });
});

testUnless(
  missing,
  "serve: bytes owed at the end of the grace to a peer that never reads are exit 1 and one line on stderr",
  async () => {
    const process = spawnCli(["serve", "--port", "0", "--json", "--grace", "100ms", "--quiet"]);
    await process.stdin.close();
    await using server = watch(process);
    const [, port] = await server.until("stdout", /"port":(\d+)/);
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await writeUntilStuck(conn);
    const { code, stdout, stderr } = await server.stop();
    const { event, unechoedBytes, error } = jsonLines(stdout)[1];
    assertEquals([code, event, (error as { kind: string }).kind], [1, "stopped", "unechoed"]);
    assert((unechoedBytes as number) > 0);
    assertMatch(stderr, /^sounder: \d+ received bytes could not be echoed [^\n]*--grace\n$/);
  },
);

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  testUnless(missing, `serve: a second ${signal} 500 ms after the first ends it at once with ${code}`, async () => {
    await using server = await serving(["--json", "--grace", "10m"]);
    using _conn = await openConnection(server.port);
    server.process.kill(signal);
    await server.until("stderr", /stopping/);
    await delay(AFTER_THE_ECHO);
    const ended = await server.stop(signal);
    const { event, error } = jsonLines(ended.stdout)[1];
    assertEquals([ended.code, event, (error as { kind: string }).kind], [code, "stopped", "interrupted"]);
    assert(ended.stderr.endsWith(`\nsounder: cut short by a second ${signal}\n`), ended.stderr);
  });
}

testUnless(missing, "serve: a second signal at once is the first one's echo, and the grace goes on", async () => {
  await using server = await serving(["--grace", "10m"]);
  using conn = await openConnection(server.port);
  // Two kinds, since two of one kind may become one.
  server.process.kill("SIGINT");
  server.process.kill("SIGTERM");
  await server.until("stderr", /stopping/);
  assertEquals([await conn.write(new Uint8Array(3)), await conn.read(new Uint8Array(4))], [3, 3]);
  await conn.closeWrite();
  assertEquals(await conn.read(new Uint8Array(1)), null);
  assertEquals((await server.end()).code, 0);
});

testUnless(
  missing,
  "serve: signals that go on coming while it ends do not turn its 0 into a death by signal",
  async () => {
    await Promise.all(Array.from({ length: 4 }, async () => {
      await using server = await serving(["--json"]);
      await signalUntilEnded(server.process);
      const { code, signal } = await server.process.status;
      assertEquals([code, signal, jsonLines((await server.end()).stdout).length], [0, null, 2]);
    }));
  },
);

testUnless(missing, "serve: while it stops, nobody new is served", async () => {
  await using server = await serving(["--grace", "10m"]);
  using conn = await openConnection(server.port);
  server.process.kill("SIGTERM");
  await server.until("stderr", /stopping/);
  // It lets in who is in the queue first, for at most 200 ms; each try is a connection, which is closed at once.
  let refused = false;
  for (let tries = 0; tries < 500 && !refused; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: server.port })).close();
      await delay(20);
    } catch (error) {
      refused = error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset;
    }
  }
  assert(refused);
  conn.close();
  assertEquals((await server.end()).code, 0);
});

for (const json of [[], ["--json"]]) {
  testUnless(missing, `${["serve", ...json].join(" ")}: serves on when nobody reads its stdout any more`, async () => {
    await using server = await serving(json, { stdout: false });
    (await openConnection(server.port)).close();
    (await openConnection(server.port)).close();
    const { code, stderr } = await server.stop();
    assertEquals([code, stderr.includes("sounder:")], [0, false], stderr);
  });
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  testUnless(
    missing,
    `send: ${signal} in the middle of a stream ends it with ${code}, and --json says so once`,
    async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      await using client = sendEndlessly(listener.addr.port, ["--json"]);
      using conn = await listener.accept();
      const buffer = new Uint8Array(MIB);
      const n = await conn.read(buffer) ?? 0;
      await conn.write(buffer.subarray(0, n));
      const { stdout, stderr, ...ended } = await client.stop(signal);
      const [result, ...more] = jsonLines(stdout);
      const { schema, verified, error } = result;
      assertEquals([ended.code, more.length, schema, verified], [code, 0, 1, false]);
      assertEquals(error, { kind: "interrupted", message: `cut short by ${signal}`, signal });
      assertEquals(stderr, `sounder: cut short by ${signal}\n`);
    },
  );

  testUnless(missing, `send: ${signal} while stdin is open and silent ends it with ${code}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const process = spawnCli(["send", `127.0.0.1:${listener.addr.port}`]);
    await using client = watch(process);
    using _conn = await listener.accept();
    const ended = await client.stop(signal);
    assertEquals([ended.code, ended.stdout], [code, ""]);
    await process.stdin.close().catch(() => {});
  });
}

testUnless(
  missing ?? await missingProgram("head"),
  "send: a reader of stdout that has enough ends it quietly with 0",
  async () => {
    await using server = await serving();
    const [program, argv] = sounderCommand(["send", `127.0.0.1:${server.port}`]);
    const script = '{ "$0" "$@"; echo "rc=$?" >&2; } </dev/zero | head -c 100000 | wc -c';
    const args = ["-c", script, program, ...argv];
    const { stdout, stderr } = await inTime(
      new Deno.Command("sh", { args, stdin: "null" }).output(),
      () => "head has enough, and send goes on",
    );
    const [count, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
    assertEquals([count, said], ["100000", "rc=0"]);
  },
);

testUnless(
  missing,
  "send: a server killed in the middle of a stream is exit 1, with the bytes that came back and those that did not",
  async () => {
    await using server = await serving();
    await using client = sendEndlessly(server.port, [], { stdout: false });
    let received = 0;
    for await (const part of client.process.stdout) {
      const before = received;
      received += part.length;
      if (before < 4 * MIB && received >= 4 * MIB) server.process.kill("SIGKILL");
    }
    const { code, stderr } = await client.end();
    assertEquals(code, 1);
    const [, echoed, of] = /^sounder: peer has echoed (\d+) of (\d+) bytes: it [^\n]+\n$/.exec(stderr) ?? [];
    assertEquals(received, Number(echoed), stderr);
    assert(Number(echoed) <= Number(of), stderr);
  },
);
