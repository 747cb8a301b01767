import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { stdEnv, usesStandIns } from "../../scripts/std_flags.ts";
import { watch, type WatchedProcess } from "../support/interop_process.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { MIB, transferAround, writeUntilStuck } from "../support/interop_transfer.ts";
import { missingProgram, notLinux, notPosix, testUnless } from "../support/needs.ts";

const missing = notPosix();
const ROOT = new URL("../../", import.meta.url);

interface TaskOptions {
  cwd?: string | URL;
  env?: Record<string, string>;
}

/** Starts `deno task` with this process's deno and @std. SIGTERM, since SIGKILL would leave the task's own process behind. */
function task(args: string[], { cwd = ROOT, env }: TaskOptions = {}): WatchedProcess {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["task", ...args],
    cwd,
    env: { NO_COLOR: "1", ...stdEnv(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  return watch(command.spawn(), { killWith: "SIGTERM" });
}

/** Waits for the ready line, which must be the first on stdout. */
async function portOf(server: WatchedProcess): Promise<number> {
  const [, port] = await server.until("stdout", /^Listening on 127\.0\.0\.1:(\d+) \(echo\)\n/);
  return Number(port);
}

testUnless(missing, "deno task serve: SIGTERM in the middle of a transfer loses no byte, exit 0", async () => {
  await using server = task(["serve", "--port", "0"]);
  const port = await portOf(server);
  await transferAround(port, async () => {
    server.process.kill("SIGTERM");
    await server.until("stderr", /SIGTERM: stopping, the open connections \(1\)/);
  });
  const { code, stdout, stderr } = await server.end();
  assertEquals({ code, stdout }, { code: 0, stdout: `Listening on 127.0.0.1:${port} (echo)\n` });
  assertMatch(stderr, new RegExp(`stopped: [^\\n]* ${16 * MIB} bytes in, ${16 * MIB} bytes out`));
});

testUnless(
  missing,
  "deno task serve: SIGTERM while bytes are owed to a peer that never reads, exit 1 comes through",
  async () => {
    await using server = task(["serve", "--port", "0", "--grace", "100ms"]);
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: await portOf(server) });
    await writeUntilStuck(conn);
    const { code, stderr } = await server.stop("SIGTERM");
    assertEquals(code, 1);
    assertMatch(stderr, /\nsounder: \d+ received bytes could not be echoed within the grace of 100ms/);
  },
);

testUnless(
  missing,
  "deno task sounder: send works, its exit codes come through, and stdout has the echo alone",
  async () => {
    await using server = task(["serve", "--port", "0"]);
    const target = `127.0.0.1:${await portOf(server)}`;
    const cases: [string[], number, string, RegExp][] = [
      [["send", target, "data1", "two words", "$HOME", "*", ""], 0, "data1\ntwo words\n$HOME\n*\n\n", /^$/],
      [["send", target, "--", "-5", "007"], 0, "-5\n007\n", /^$/],
      [["send", target, "--no-such-option"], 2, "", /^sounder: [^\n]*--no-such-option[^\n]*\n$/],
      [["send", "127.0.0.1:1", "hello"], 1, "", /^sounder: [^\n]*127\.0\.0\.1:1[^\n]*\n$/],
      [["--version"], 0, `sounder ${config.version}\n`, /^$/],
    ];
    await Promise.all(cases.map(async ([args, code, stdout, stderr]) => {
      await using child = task(["-q", "sounder", ...args]);
      const ended = await child.end();
      assertEquals([ended.code, ended.stdout], [code, stdout], `${args}: ${ended.stderr}`);
      assertMatch(ended.stderr.replace(/^[^\n]*using the stand-ins[^\n]*\n/, ""), stderr);
    }));
    assertEquals((await server.stop()).code, 0);
  },
);

Deno.test("deno task serve and sounder: grant the network and FFI, lib or files, and never ask", () => {
  const flagsOf = ({ command }: { command: string }) =>
    command.slice(0, command.indexOf(" main.ts")).split(" ").filter((word) => word.startsWith("--"));
  const both = ["--no-prompt", "--allow-net", "--allow-ffi"];
  assertEquals(flagsOf(config.tasks.serve), [...both, "--allow-read=lib"]);
  assertEquals(flagsOf(config.tasks.sounder), [...both, "--allow-read", "--allow-write"]);
});

/** Copies what a clone would have: every file that git has or would take. */
async function copyTree(target: string): Promise<void> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { success, stdout } = await new Deno.Command("git", { args, cwd: ROOT }).output();
  assert(success);
  for (const path of new TextDecoder().decode(stdout).split("\0").filter(Boolean)) {
    await Deno.mkdir(`${target}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    try {
      await Deno.copyFile(new URL(encodeURI(path), ROOT), `${target}/${path}`);
    } catch (error) {
      // Deleted, and not yet committed.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** What is missing to copy a clone, which a published or unpacked tree is not; undefined if nothing is. */
async function noCheckout(): Promise<string | undefined> {
  const noGit = await missingProgram("git");
  if (noGit) return noGit;
  const args = ["rev-parse", "--is-inside-work-tree"];
  const { success } = await new Deno.Command("git", { args, cwd: ROOT, stdout: "null", stderr: "null" }).output();
  return success ? undefined : "this is no git checkout";
}

testUnless(
  missing ?? await noCheckout(),
  "deno task serve: runs in a fresh clone with an empty Deno cache, and leaves the clone as it was",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const clone = `${folder}/clone`;
      await copyTree(clone);
      const names = () => Array.from(Deno.readDirSync(clone), ({ name }) => name).sort();
      const before = names();
      {
        await using server = task(["serve", "--port", "0"], { cwd: clone, env: { DENO_DIR: `${folder}/cache` } });
        using conn = await Deno.connect({ hostname: "127.0.0.1", port: await portOf(server) });
        const sent = randomBytes(1000);
        await conn.write(sent);
        await conn.closeWrite();
        assertSameBytes(await new Response(conn.readable).bytes(), sent);
        assertEquals((await server.stop()).code, 0);
      }
      // Where JSR is used, Deno pins what it fetched.
      assertEquals(names().filter((name) => usesStandIns() || name !== "deno.lock"), before);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testUnless(notLinux(), "deno task serve: --workers has all that it needs", async () => {
  await using server = task(["serve", "--port", "0", "--workers", "2"]);
  const port = await portOf(server);
  await transferAround(port, () => Promise.resolve());
  assertEquals((await server.stop()).code, 0);
});
