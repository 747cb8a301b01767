import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runtimeVariable, type Target, TARGETS } from "../../scripts/compile/target.ts";
import { binariesIn, compileIn, copyOfProgram } from "../support/compile_copy.ts";

Deno.test("compile: without a runtime one line per target says what is missing, and how to supply it", async () => {
  await using folder = await copyOfProgram();
  const { code, stdout } = await compileIn(folder, []);
  assertEquals(code, 1);
  const [checked, ...lines] = stdout.trimEnd().split("\n");
  assertMatch(checked, /^Checked main.ts: types; \d+ modules of its own, .*not for release$/);
  assertEquals(lines.length, TARGETS.length);
  for (const target of TARGETS) {
    const line = lines.find((one) => one.startsWith(`FAILED  ${target}: `)) ?? "";
    assertStringIncludes(
      line,
      `no runtime: denort-${target}.zip of Deno ${Deno.version.deno} could not be downloaded (`,
    );
    assertStringIncludes(line, `put it into ${folder.path}/deno/dl/release/v${Deno.version.deno}/, `);
    assertStringIncludes(line, `set ${runtimeVariable(target)}=PATH`);
  }
  assertEquals(await binariesIn(folder), ["SHA256SUMS"]);
});

Deno.test("compile: a runtime is put into binaries of its own target only", async () => {
  await using folder = await copyOfProgram();
  const [own, other]: Target[] = Deno.build.os === "darwin"
    ? ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"]
    : ["x86_64-apple-darwin", "x86_64-unknown-linux-gnu"];
  // As long as a header: deno takes any file.
  const header = new Uint8Array(64);
  if (own.includes("linux")) header.set([0x7f, 0x45, 0x4c, 0x46, ...new Array(14).fill(0), 62]);
  else header.set([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]);
  await Deno.writeFile(`${folder.path}/runtime`, header);
  const runtime = { DENORT_BIN: `${folder.path}/runtime` };
  const { stdout } = await compileIn(folder, ["--target", own, "--target", other], runtime);
  assertStringIncludes(stdout, `FAILED  ${other}: no runtime: `);
});

Deno.test("compile: what is wrong with the program is said before anything is downloaded", async () => {
  await using folder = await copyOfProgram();
  const lib = new URL("lib/core/text_of.ts", folder.url);
  await Deno.writeTextFile(lib, `${await Deno.readTextFile(lib)}\nexport const wrong: number = "text";\n`);
  const types = await compileIn(folder, ["--target", "native"]);
  assertEquals([types.code, types.stdout], [1, ""]);
  assertStringIncludes(types.stderr, "not assignable to type 'number'");
  await Deno.writeTextFile(lib, "new Worker(location.href);\n");
  await Deno.writeTextFile(new URL("main.ts", folder.url), `import "./lib/core/text_of.ts";\n`);
  const modules = await compileIn(folder, ["--target", "native"]);
  assertEquals([modules.code, modules.stdout], [1, ""]);
  assertStringIncludes(modules.stderr, "lib/core/text_of.ts: starts a Worker whose module cannot be told");
  const target = await compileIn(folder, ["--target", "amiga"]);
  assertEquals([target.code, target.stdout], [2, ""]);
  assertStringIncludes(target.stderr, `compile: unknown target "amiga": use native, ${TARGETS.join(", ")}`);
});
