import { assertEquals, assertGreater, assertMatch, assertRejects } from "@std/assert";
import { readOptions } from "../../scripts/bench/bench_options.ts";
import type { BenchRun } from "../../scripts/bench/bench_run.ts";
import { cargoReason } from "../../scripts/bench/build_tokio.ts";
import { measureMemory, type Memory, possibleConnections } from "../../scripts/bench/memory.ts";
import type { Peer } from "../../scripts/bench/peer.ts";
import { prepare } from "../../scripts/bench/prepare.ts";
import { scaleSteps } from "../../scripts/bench/scale.ts";
import { freePort, proveEcho, startServer } from "../../scripts/bench/server.ts";
import { notLinux, notPosix, testUnless } from "../support/needs.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const { signal } = new AbortController();

/** A peer by the text of a Deno program, which gets the port as its argument. */
function peerOf(name: string, text: string): Peer {
  const program = `data:text/typescript,${encodeURIComponent(text)}`;
  const args = (port: number) => ["run", "-q", "--no-config", "--allow-net", program, String(port)];
  return {
    name,
    title: name,
    version: "",
    forks: false,
    command: (port) => ({ program: Deno.execPath(), args: args(port) }),
  };
}

/** A server that answers with the bytes, after something was done to them. */
function answering(change: string): string {
  return `const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
async function answer(conn: Deno.Conn) {
  const bytes = new Uint8Array(65536);
  for (let n = await conn.read(bytes); n !== null; n = await conn.read(bytes)) { ${change}; await conn.write(bytes.subarray(0, n)); }
}
for (;;) void answer(await listener.accept()).catch(() => {});`;
}

testUnless(notPosix(), "startServer: one that accepts, and is gone after it", async () => {
  let port = 0;
  {
    await using server = await startServer(peerOf("echo", answering("")), signal);
    port = server.port;
    await proveEcho(port);
    assertGreater(server.startMs, 0);
  }
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
});

testUnless(notPosix(), "startServer: one that ends says why", async () => {
  const peer = peerOf("broken", `throw new Error("no such luck")`);
  const { message } = await assertRejects(() => startServer(peer, signal), Error);
  assertMatch(message, /^it ended: \S/);
});

testUnless(notPosix(), "startServer: no such program, and an abort", async () => {
  const missing = { command: () => ({ program: "no_such_program_here", args: [] }) };
  await assertRejects(() => startServer(missing, signal), Deno.errors.NotFound);
  const deaf = peerOf("deaf", "setInterval(() => {}, 1000)");
  await assertRejects(() => startServer(deaf, AbortSignal.abort(new Error("enough"))), Error, "enough");
});

testUnless(notPosix(), "proveEcho: other bytes are none, nor is the end", async () => {
  await using wrong = await startServer(peerOf("wrong", answering("bytes[0] ^= 1")), signal);
  await assertRejects(() => proveEcho(wrong.port), Error, "it sent other bytes back than it got");
  await using closing = await startServer(peerOf("closing", answering("return conn.close()")), signal);
  await assertRejects(() => proveEcho(closing.port), Error, "it closed a connection in place of an echo");
  await assertRejects(() => proveEcho(freePort()), Deno.errors.ConnectionRefused);
});

function runOf(peers: Peer[], args: string[]): BenchRun & { told: string[] } {
  const told: string[] = [];
  const progress = (line: string) => void told.push(line);
  return { options: readOptions(args), peers, clients: new Map(), leftOut: [], signal, progress, told };
}

const MACHINE = { system: "", cpu: "", cores: 1, descriptors: 1024 };

testUnless(
  notLinux(),
  "memory: each round in full; a server that fails has no figure, and its failure is said",
  async () => {
    const run = runOf([peerOf("echo", answering("")), peerOf("wrong", answering("bytes[0] ^= 1"))], [
      ...["--rounds", "2", "--connections", "20"],
    ]);
    const memories: Memory[] = [];
    await measureMemory(run, MACHINE, memories, 1);
    const [echo, wrong] = memories;
    assertEquals([echo.server, echo.connections, echo.rounds.length], ["echo", 20, 2]);
    for (const used of echo.rounds) for (const bytes of Object.values(used!)) assertGreater(bytes, 2 ** 20);
    assertEquals([wrong.server, wrong.rounds], ["wrong", [null]]);
    const why = "it sent other bytes back than it got";
    assertEquals(run.leftOut, [{ what: "wrong, memory with 20 connections", why, failed: "wrong" }]);
    assertEquals(run.told.filter((line) => line.startsWith("FAILED")), [
      `FAILED wrong, memory with 20 connections: ${why}`,
    ]);
  },
);

testUnless(notLinux(), "memory: fewer connections where the descriptors do not suffice, and that is said", async () => {
  const run = runOf([], ["--connections", "10000"]);
  await measureMemory(run, MACHINE, [], 1);
  assertEquals(run.leftOut, [{
    what: "memory, 10000 connections",
    why: "a process may have 1024 descriptors here (ulimit -n): 824 connections at most",
    failed: null,
  }]);
});

Deno.test("possibleConnections: as many as asked for, or as descriptors are left", () => {
  const possible = (descriptors: number | null) => possibleConnections(1000, { descriptors });
  assertEquals([possible(null), possible(1200), possible(1199), possible(64)], [1000, 1000, 999, 1]);
});

Deno.test("scaleSteps: powers of ten, and the most", () => {
  assertEquals(scaleSteps(10_000), [1, 10, 100, 1000, 10_000]);
  assertEquals([scaleSteps(824), scaleSteps(1), scaleSteps(2)], [[1, 10, 100, 824], [1], [1, 2]]);
});

Deno.test("cargoReason: the first error, or the last line", () => {
  const stderr =
    "    Updating crates.io index\nerror: failed to get `tokio` as a dependency\n\nCaused by:\n  no network\n";
  assertEquals(cargoReason(stderr), "cargo failed: failed to get `tokio` as a dependency");
  assertEquals(cargoReason("error[E0432]: unresolved import\n"), "cargo failed: unresolved import");
  assertEquals(cargoReason("  killed\n\n"), "cargo failed: killed");
  assertEquals(cargoReason(""), "cargo failed: it says nothing");
});

Deno.test("prepare: servers by their command lines, and Sounder's own client where there is no other", async () => {
  await using folder = await temporaryFolder();
  const options = readOptions(["--only", "sounder", "--clients", "sounder", "--also", "mine=nc -l {port} -p{port}"]);
  const { peers, clients, leftOut } = await prepare(options, { folder: folder.path, signal });
  assertEquals(peers.map(({ name }) => name), ["sounder", "mine"]);
  assertEquals(peers[1].command(7), { program: "nc", args: ["-l", "7", "-p7"] });
  assertEquals([[...clients.keys()], leftOut], [["sounder"], []]);
});
