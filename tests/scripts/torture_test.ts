import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { stdFlags } from "../../scripts/std_flags.ts";
import { TORTURE_CASES } from "../../scripts/torture/torture_cases.ts";
import type { TortureResult } from "../../scripts/torture/torture_result.ts";
import { watch, type WatchedProcess } from "../support/interop_process.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import { isGone } from "../support/readme_fixture.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const ROOT = new URL("../../", import.meta.url);

/** Starts the script as the task does, with the task's permissions. */
function torture(args: string[], env: Record<string, string> = {}): WatchedProcess {
  const permissions = config.tasks.torture.command.match(/--allow-\S+/g)!;
  const flags = ["run", "-q", "--no-prompt", ...stdFlags(), ...permissions, "scripts/torture.ts", ...args];
  const pipes = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(Deno.execPath(), { args: flags, cwd: ROOT, env: { NO_COLOR: "1", ...env }, ...pipes });
  return watch(child.spawn(), { killWith: "SIGTERM" });
}

testUnless(notLinux(), "torture: this tree bears a case, exit 0; the table and the JSON say so", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/out.json`;
  await using process = torture(["--quick", "--only", "one-byte", "--json", file]);
  const { code, stdout, stderr } = await process.end();
  assertEquals(code, 0, stdout + stderr);
  assertMatch(stdout, /^quick torture of main\.ts, seed 862\ncase .*\none-byte +\S.* passed .*\n1 passed, 0 failed\n$/);
  const result: TortureResult = JSON.parse(await Deno.readTextFile(file));
  assertEquals([result.schema, result.scale, result.seed, result.program], [1, "quick", 862, "main.ts"]);
  assertEquals(result.cases.map(({ name, verdict }) => [name, verdict]), [["one-byte", "passed"]]);
});

testUnless(notLinux(), "torture: another program fails, exit 1, and says why", async () => {
  await using folder = await temporaryFolder({
    "main.ts": `console.error("error: this is no echo server"); Deno.exit(3);`,
    "deno.json": "{}",
  });
  const program = `${folder.path}/main.ts`;
  await using process = torture(["--quick", "--only", "one-byte"], { SOUNDER_BINARY: program });
  const { code, stdout } = await process.end();
  assertEquals(code, 1, stdout);
  assertStringIncludes(stdout, `quick torture of ${program}, seed 862\n`);
  assertStringIncludes(stdout, " FAILED   it ended before it was ready, exit code 3: error: this is no echo server");
  assertStringIncludes(stdout, "\n0 passed, 1 failed\n");
});

testUnless(notLinux(), "torture: Ctrl-C ends a case that hangs, and what it started; exit 130", async () => {
  await using folder = await temporaryFolder({
    "main.ts": `Deno.writeTextFileSync(new URL("pid", import.meta.url), String(Deno.pid));
setInterval(() => {}, 1000);
Deno.addSignalListener("SIGINT", () => {});
Deno.addSignalListener("SIGTERM", () => {});`,
    "deno.json": "{}",
  });
  await using watcher = Deno.watchFs(folder.path);
  await using process = torture(["--only", "one-byte,bulk", "--program", `${folder.path}/main.ts`]);
  for await (const { paths } of watcher) if (paths.some((path) => path.endsWith("/pid"))) break;
  await process.until("stderr", /\[1\/2\] one-byte/);
  const { code, stdout } = await process.stop("SIGINT");
  assertEquals(code, 130);
  assertMatch(stdout, /^full torture of .*\ncase .*\n0 passed, 0 failed\n$/);
  assertEquals(await isGone(`${folder.path}/pid`), true);
});

Deno.test("torture: wrong options are one line, exit 2; --list and --help do nothing else", async () => {
  const cases: [args: string[], message: string][] = [
    [["--only", "bulc"], 'torture: --only: unknown case "bulc": did you mean bulk?\n'],
    [["--program", "no/such"], "torture: no program to torture at no/such: "],
    [["--json", "no/such/out.json"], "torture: --json: cannot write no/such/out.json: "],
  ];
  await Promise.all(cases.map(async ([args, message]) => {
    await using process = torture(args);
    const { code, stdout, stderr } = await process.end();
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, message);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  }));
  await using list = torture(["--list"]);
  const { code, stdout } = await list.end();
  assertEquals([code, stdout.split("\n").length], [0, TORTURE_CASES.length + 2]);
  await using help = torture(["--help"]);
  assertMatch((await help.end()).stdout, /^What Sounder bears: /);
});
