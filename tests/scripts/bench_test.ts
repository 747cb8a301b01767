import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import type { PeersResult } from "../../scripts/bench/peers_result.ts";
import { PEERS } from "../../scripts/bench/peers.ts";
import { stdFlags } from "../../scripts/std_flags.ts";
import { watch, type WatchedProcess } from "../support/interop_process.ts";
import { missingProgram, notLinux, notPosix, testUnless } from "../support/needs.ts";
import { cannotWalk, isGone } from "../support/readme_fixture.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const ROOT = new URL("../../", import.meta.url);
const noGcc = notLinux() ?? await missingProgram("gcc");

/** Starts the script as the task does, with the task's permissions. */
function bench(args: string[], env: Record<string, string> = {}): WatchedProcess {
  const permissions = config.tasks.bench.command.match(/--allow-\S+/g)!;
  const flags = ["run", "-q", "--no-prompt", ...stdFlags(), ...permissions, "scripts/bench.ts", ...args];
  const pipes = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return watch(new Deno.Command(Deno.execPath(), { args: flags, cwd: ROOT, env, ...pipes }).spawn());
}

const SHORT = ["--rounds", "1", "--duration", "50ms", "--warmup", "0", "--connections", "10"];

testUnless(noGcc, "bench: one object as JSON, with every part that was asked for, and a page", async () => {
  await using folder = await temporaryFolder();
  await using process = bench([
    ...[
      ...SHORT,
      "--only",
      "sounder,c",
      "--points",
      "2x64,2x100k:stream",
      "--parts",
      "throughput,client,startup,scale",
    ],
    ...["--json", "--report", `${folder.path}/out.html`],
  ], { TMPDIR: folder.path });
  const { code, stdout, stderr } = await process.end();
  assertEquals(code, 0, stderr);
  const result: PeersResult = JSON.parse(stdout);
  const { schema, command, partial, base, leftOut, memory } = result;
  assertEquals([schema, command, partial, base, leftOut, memory], [1, "bench-peers", false, "c", [], []]);
  // 2 points, 2 clients, 2 servers.
  assertEquals(result.throughput.length, 8);
  for (const { point, rounds: [measured] } of result.throughput) {
    assertEquals([measured!.echoesPerSecond > 0, measured!.p50Ms === null], [true, point.stream]);
    // Of 50 ms there may be no clock tick.
    assertEquals(measured!.cpuSecondsPerMillion! >= 0, true);
  }
  for (const { rounds: [rates] } of result.client) {
    for (const rate of Object.values(rates!)) assertEquals(rate > 0, true);
  }
  assertEquals(result.startup.map(({ server, rounds }) => [server, rounds.length]), [["empty", 1], ["sounder", 1], [
    "c",
    1,
  ]]);
  const scale = result.scale.map(({ server, connections, rounds }) => [server, connections, rounds[0]!.peakBytes! > 0]);
  assertEquals(scale, [["sounder", 1, true], ["c", 1, true], ["sounder", 10, true], ["c", 10, true]]);
  assertStringIncludes(await Deno.readTextFile(`${folder.path}/out.html`), "chart-scale-rate");
  // What was built is gone.
  assertEquals(Array.from(Deno.readDirSync(folder.path), ({ name }) => name), ["out.html"]);
});

testUnless(
  notPosix(),
  "bench: without any of the programs each is named with the reason, and Sounder is measured",
  async () => {
    await using folder = await temporaryFolder();
    // These read /proc.
    for (const tool of ["sh", "cat"]) await Deno.symlink(`/bin/${tool}`, `${folder.path}/${tool}`);
    await using process = bench([...SHORT, "--points", "1x64", "--parts", "throughput,client"], { PATH: folder.path });
    const { code, stdout, stderr } = await process.end();
    assertEquals(code, 0, stderr);
    const left = stdout.slice(stdout.indexOf("Left out\n")).trimEnd().split("\n").slice(1);
    const programs = { c: "gcc", tokio: "cargo", uvloop: "python3", asyncio: "python3" } as Record<string, string>;
    const missing = PEERS.map(({ name }) => name).filter((name) => name !== "sounder");
    const noEpoll = notLinux() && `no epoll on ${Deno.build.os}`;
    const reason = (name: string) => name === "c" && noEpoll ? noEpoll : `no ${programs[name] ?? name} here`;
    assertEquals(left, [
      ...missing.map((name) => `${name}: ${reason(name)}`),
      `the C client: ${reason("c")}`,
      "client: it needs the C server and the C client",
    ]);
    assertMatch(stdout, /\nThroughput, ratio to sounder, sounder client\n.*\nsounder +1\.00 +1\.00\n/);
  },
);

/** A server that writes its id and its child's to files, and echoes. */
const PROBE = `
const child = new Deno.Command("sleep", { args: ["600"] }).spawn();
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[1]) });
await Deno.writeTextFile(Deno.args[0] + "/child", String(child.pid));
await Deno.writeTextFile(Deno.args[0] + "/server", String(Deno.pid));
for (;;) void echo(await listener.accept()).catch(() => {});
async function echo(conn: Deno.Conn) {
  const bytes = new Uint8Array(1024);
  for (let n = await conn.read(bytes); n !== null; n = await conn.read(bytes)) await conn.write(bytes.subarray(0, n));
}`;

for (const [stopped, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  testUnless(
    cannotWalk,
    `bench: ${stopped} ends it with what was measured, and leaves neither server nor folder`,
    async () => {
      await using folder = await temporaryFolder({ "probe.ts": PROBE });
      await using temporary = await temporaryFolder();
      const server = `${Deno.execPath()} run -q --no-config -A ${folder.path}/probe.ts ${folder.path} {port}`;
      await using process = bench([
        ...["--only", "sounder", "--clients", "sounder", "--also", `probe=${server}`, "--points", "1x64", "--json"],
        ...["--rounds", "1000", "--duration", "50ms", "--warmup", "0", "--parts", "throughput"],
      ], { TMPDIR: temporary.path });
      await process.until("stderr", /^round 1\/1000, .*probe/m);
      const ended = await process.stop(stopped);
      assertEquals(ended.code, code, ended.stderr);
      const { partial, leftOut, throughput }: PeersResult = JSON.parse(ended.stdout);
      assertEquals([partial, leftOut, throughput.length], [true, [], 2]);
      for (const one of ["server", "child"]) assertEquals(await isGone(`${folder.path}/${one}`), true, one);
      assertEquals([...Deno.readDirSync(temporary.path)], []);
    },
  );
}

for (const args of [["--rounds", "many"], ["--report", "/no/such/folder/out.html"]]) {
  Deno.test(`bench: ${args.join(" ")} is one line and exit 2; with --json one object too`, async () => {
    await using text = bench(args);
    const { code, stdout, stderr } = await text.end();
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], stderr);
    assertStringIncludes(stderr, `bench: ${args[0]}: `);
    await using json = bench([...args, "--json"]);
    const ended = await json.end();
    const { schema, error } = JSON.parse(ended.stdout);
    assertEquals([ended.code, schema, `bench: ${error.message}\n`], [2, 1, ended.stderr]);
  });
}

Deno.test("bench: help", async () => {
  await using process = bench(["--help"]);
  const { code, stdout, stderr } = await process.end();
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "deno task bench [options]");
});
