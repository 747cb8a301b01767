import { assertEquals, assertMatch } from "@std/assert";
import { runCli, spawnCli, startServer } from "../support/cli.ts";
import { fixture, runProgram, startForeign } from "../support/interop_programs.ts";
import { watch } from "../support/interop_process.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { MIB, readAll, writeAll } from "../support/interop_transfer.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";

const missing = notPosix() ?? await missingProgram("python3");

function rudeClient(port: number, manner: string) {
  return runProgram(
    "python3",
    [fixture("rude_peer.py"), "connect", "127.0.0.1", String(port), manner],
    new Uint8Array(),
  );
}

function rudeServer(manner: string) {
  return startForeign("python3", [fixture("rude_peer.py"), "listen", manner], /listening on (\d+)/);
}

/** Sends some bytes through a server that others mistreat. */
async function assertEchoes(port: number): Promise<void> {
  const sent = randomBytes(MIB);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const [echoed] = await Promise.all([readAll(conn), writeAll(conn, sent).then(() => conn.closeWrite())]);
  assertSameBytes(echoed, sent);
}

testUnless(
  missing,
  "serve: a client's RST while its bytes are being echoed ends that connection alone, quietly",
  async () => {
    const args = ["serve", "--port", "0", "--json", "--log-level", "debug"];
    await using server = watch(spawnCli(args));
    await server.process.stdin.close();
    const port = Number((await server.until("stdout", /"port":(\d+)/))[1]);
    const { code, bytes, stderr } = await rudeClient(port, "reset");
    assertEquals({ code, said: new TextDecoder().decode(bytes), stderr }, { code: 0, said: "reset\n", stderr: "" });
    await server.until("stderr", /DEBUG ended connection 1 .*: reset/);
    await assertEchoes(port);

    const { code: serverCode, stdout, stderr: log } = await server.stop();
    assertEquals(serverCode, 0);
    const { total, errors, unechoedBytes } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    assertEquals({ total, errors, unechoedBytes }, { total: 2, errors: 1, unechoedBytes: 0 });
    assertEquals(log.split("\n").filter((line) => / (WARN|ERROR) /.test(line)), []);
  },
);

testUnless(missing, "serve: a client that never reads is not read from, and holds up nobody else", async () => {
  await using server = await startServer();
  const args = [fixture("rude_peer.py"), "connect", "127.0.0.1", String(server.port), "never-read"];
  const command = new Deno.Command("python3", { args, stdin: "piped", stdout: "piped", stderr: "piped" });
  await using peer = watch(command.spawn());
  await peer.until("stdout", /stuck after (\d+)/);
  await assertEchoes(server.port);
  await peer.process.stdin.close();
  assertEquals((await peer.end()).code, 0);
  await assertEchoes(server.port);
});

testUnless(missing, "serve: a client that sends FIN before anything else gets a FIN and no byte", async () => {
  await using server = await startServer();
  const { code, bytes } = await rudeClient(server.port, "fin-first");
  assertEquals({ code, said: new TextDecoder().decode(bytes) }, { code: 0, said: "received 0\n" });
});

testUnless(missing, "send: a server's RST in the middle is told with the bytes that are missing, exit 1", async () => {
  await using server = await rudeServer("reset");
  const { code, stderr } = await runCli(["send", `127.0.0.1:${server.port}`], { stdin: randomBytes(4 * MIB) });
  assertEquals(code, 1);
  assertMatch(stderr, /^sounder: peer has echoed 0 of \d+ bytes: it reset the connection\n$/);
});

testUnless(missing, "send: a server that never reads is given up after --timeout, exit 1", async () => {
  await using server = await rudeServer("never-read");
  const args = ["send", `127.0.0.1:${server.port}`, "--timeout", "300ms", "--json"];
  const { code, stdout, stderr } = await runCli(args, { stdin: randomBytes(16 * MIB) });
  assertEquals(code, 1);
  assertMatch(stderr, /^sounder: peer has echoed 0 of \d+ bytes: no more came for 300 ms\n$/);
  const { verified, error } = JSON.parse(stdout);
  assertEquals([verified, error.kind], [false, "stalled"]);
});

testUnless(
  missing,
  "send: a server that sends FIN first is told as one that closed the connection, exit 1",
  async () => {
    await using server = await rudeServer("fin-first");
    const { code, stdout, stderr } = await runCli(["send", `127.0.0.1:${server.port}`, "hello"]);
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertMatch(stderr, /^sounder: peer has echoed 0 of [06] bytes: it closed the connection\n$/);
  },
);
