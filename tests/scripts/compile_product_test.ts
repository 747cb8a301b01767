import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { sha256 } from "../../scripts/compile/compile_target.ts";
import { binaryName, type Target } from "../../scripts/compile/target.ts";
import { missingProgram, testUnless } from "../support/needs.ts";
import type { TemporaryFolder } from "../support/temporary_folder.ts";
import { binariesIn, compileIn, copyOfProgram } from "../support/compile_copy.ts";

const noCompiler = Deno.build.target === "x86_64-unknown-linux-gnu" || Deno.build.target === "aarch64-unknown-linux-gnu"
  ? await missingProgram("gcc")
  : `no test runtime for ${Deno.build.target}`;

/** Builds a program that calls another in its place: what stands in for Deno's runtime, which is not to be had everywhere. */
async function buildRuntime(folder: TemporaryFolder, command: string[]): Promise<string> {
  const source = `#include <string.h>
#include <unistd.h>
static char *before[] = { ${command.map((arg) => JSON.stringify(arg)).join(", ")} };
int main(int argc, char **argv) {
  enum { N = sizeof before / sizeof *before };
  char *args[N + argc];
  memcpy(args, before, sizeof before);
  for (int i = 1; i <= argc; i++) args[N + i - 1] = argv[i];
  execv(args[0], args);
  return 127;
}
`;
  await Deno.writeTextFile(`${folder.path}/runtime.c`, source);
  const { success } = await new Deno.Command("gcc", {
    args: ["-o", `${folder.path}/denort`, `${folder.path}/runtime.c`],
  }).output();
  assertEquals(success, true);
  return `${folder.path}/denort`;
}

testUnless(noCompiler, "compile: a binary that is Sounder's is kept, listed and answers", async () => {
  await using folder = await copyOfProgram();
  const main = [
    Deno.execPath(),
    "run",
    "-q",
    "--no-prompt",
    `--import-map=${folder.path}/scripts/offline/import_map.json`,
  ];
  const command = [
    ...main,
    "--no-lock",
    "--allow-net",
    "--allow-ffi",
    "--allow-read",
    "--allow-write",
    `${folder.path}/main.ts`,
  ];
  const runtime = await buildRuntime(folder, command);
  const { code, stdout, stderr } = await compileIn(folder, ["--target", "native"], { DENORT_BIN: runtime });
  assertEquals([code, stderr], [0, ""]);
  const name = binaryName(config.version, Deno.build.target as Target);
  const bytes = await Deno.readFile(`${folder.path}/dist/${name}`);
  const digest = await sha256(bytes);
  assertEquals(
    stdout.split("\n")[1],
    `ok      ${Deno.build.target}: dist/${name}, ${mebibytes(bytes)} MiB, sha256 ${digest}`,
  );
  assertEquals(await Deno.readTextFile(`${folder.path}/dist/SHA256SUMS`), `${digest}  ${name}\n`);
  // Deno 2.9.6 puts its settings into the binary as JSON: what it may do stands there.
  const baked = /"permissions":(\{.*?\}),"location"/.exec(new TextDecoder().decode(bytes))?.[1] ?? "{}";
  const set = Object.entries(JSON.parse(baked)).filter(([, value]) => value !== null);
  const defaults = Object.fromEntries(set.filter(([key]) => key !== "allow_import"));
  assertEquals(defaults, {
    allow_net: [],
    allow_ffi: [],
    allow_read: [],
    allow_write: [],
    deny_import: [],
    prompt: false,
  });

  const smoke = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-run", "--allow-read", "--allow-write", "scripts/smoke.ts", `dist/${name}`],
    cwd: folder.path,
  }).output();
  const told = new TextDecoder().decode(smoke.stdout);
  assertEquals([smoke.code, told.includes("FAILED")], [0, false], told);
});

function mebibytes(bytes: Uint8Array): string {
  return (bytes.length / 2 ** 20).toFixed(1);
}

testUnless(noCompiler, "compile: a binary that is something else is deleted, the one from before as well", async () => {
  await using folder = await copyOfProgram();
  const name = binaryName(config.version, Deno.build.target as Target);
  await Deno.mkdir(new URL("dist", folder.url));
  const cases: [command: string[], told: string][] = [
    [
      ["/bin/echo", `{"name":"sounder","version":"0.0.1","target":"${Deno.build.target}"}`],
      'it answers version "0.0.1"',
    ],
    [
      ["/bin/echo", `{"name":"depth","version":"${config.version}","target":"amiga"}`],
      'it answers name "depth", target "amiga"',
    ],
    [["/bin/echo"], "it does not answer as Sounder does"],
    [["/bin/false"], "it does not answer as Sounder does"],
  ];
  for (const [command, told] of cases) {
    await Deno.writeTextFile(`${folder.path}/dist/${name}`, "from before");
    // `echo --version --json` would add the two words: a shell leaves them out.
    const shell = ["/bin/sh", "-c", command.map((word) => `'${word}'`).join(" ")];
    const runtime = await buildRuntime(folder, shell);
    const { code, stdout } = await compileIn(folder, ["--target", "native"], { DENORT_BIN: runtime });
    assertEquals(code, 1);
    assertStringIncludes(stdout, `FAILED  ${Deno.build.target}: ${name} was deleted: to --version --json ${told}`);
    assertEquals(await binariesIn(folder), ["SHA256SUMS"]);
  }
});
