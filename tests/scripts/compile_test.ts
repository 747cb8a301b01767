import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { askedTargets, checksums } from "../../scripts/compile.ts";
import { sha256 } from "../../scripts/compile/compile_target.ts";
import { packagesIn, programModules, workersIn } from "../../scripts/compile/program_modules.ts";
import { binaryName, runtimeVariable, type Target, TARGETS } from "../../scripts/compile/target.ts";
import { missingProgram, testUnless } from "../support/needs.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary_folder.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("compile: the Workers in a source text", () => {
  const here = ", import.meta.url)";
  const cases: [source: string, modules: string[], unknown: number][] = [
    [`new Worker(new URL("./a.ts"${here}, { type: "module" });`, ["./a.ts"], 0],
    [`new Worker(\n  new URL('../b.ts'${here},\n)`, ["../b.ts"], 0],
    [`// new Worker(url)\n/* new Worker(url) */ const worker = "new one";`, [], 0],
    [`new Worker(url); new Worker(new URL("./a.ts"${here})`, ["./a.ts"], 1],
  ];
  for (const [source, modules, unknown] of cases) assertEquals(workersIn(source), { modules, unknown }, source);
});

Deno.test("compile: the npm packages that a source text names", () => {
  const source = `const A = "npm:a@1.0.0";
    import("npm:@scope/b@2.1.0/dist/b.js"); import type { C } from 'npm:/c@3.0.0/c';
    // "npm:d@4.0.0"
    /* "npm:e@5.0.0" */ const again = "npm:a@1.0.0/x";`;
  assertEquals(packagesIn(source), ["npm:a@1.0.0", "npm:@scope/b@2.1.0", "npm:/c@3.0.0"]);
});

Deno.test("compile: the modules of a program, its Workers' Workers too, and what is wrong with them", async () => {
  const worker = (module: string) => `new Worker(new URL("${module}", import.meta.url), { type: "module" });\n`;
  await using folder = await temporaryFolder({
    "deno.json": `{ "lock": false }`,
    "main.ts": `import "./lib/a.ts";\n`,
    "lib/a.ts": worker("./deep/worker.ts"),
    "lib/deep/worker.ts": `import "../b.ts";\n${worker("./second.ts")}`,
    "lib/deep/second.ts": worker("./worker.ts"),
    "lib/b.ts": `export const F = "npm:f@1.0.0";\n`,
    "lib/unused.ts": `export {};\n`,
  });
  const workers = ["lib/deep/worker.ts", "lib/deep/second.ts"];
  const local = ["lib/a.ts", "lib/b.ts", "lib/deep/second.ts", "lib/deep/worker.ts", "main.ts"];
  assertEquals(await programModules(folder.url, "main.ts"), {
    local,
    workers,
    packages: ["npm:f@1.0.0"],
    problems: [],
  });

  await Deno.writeTextFile(
    new URL("lib/b.ts", folder.url),
    `import "../tests/c.ts";\nimport "./gone.ts";\nnew Worker(x);`,
  );
  await Deno.mkdir(new URL("tests", folder.url));
  await Deno.writeTextFile(new URL("tests/c.ts", folder.url), "");
  const { problems } = await programModules(folder.url, "main.ts");
  assertMatch(problems.join("\n"), /^lib\/gone.ts: .+\nlib\/b.ts: starts a Worker .+\ntests\/c.ts: is no part/s);
});

Deno.test("compile: Sounder's own modules", async () => {
  const { local, workers, packages, problems } = await programModules(ROOT, "main.ts");
  assertEquals(problems, []);
  assertEquals(workers, ["lib/echo/serve_worker.ts", "lib/measure/bench_worker.ts"]);
  assertEquals(packages.map((name) => name.replace(/@[^@]*$/, "")), ["npm:hdr-histogram-js", "npm:uplot"]);
  // The commands are imported when they are called.
  for (const path of ["main.ts", "deno.json", "lib/cli/serve_command.ts", "lib/socket/libc.ts"]) {
    assertEquals(local.includes(path), true, path);
  }
});

Deno.test("compile: the targets that are asked for", () => {
  const native = TARGETS.filter((target) => target === Deno.build.target);
  assertEquals(askedTargets([]), [...TARGETS]);
  assertEquals(askedTargets(["--target", "native"]), native);
  assertEquals(askedTargets(["--target=aarch64-apple-darwin", "--target", "x86_64-apple-darwin"]), [
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
  ]);
});

Deno.test("compile: checksums as sha256sum writes them, of the binaries of this version", async () => {
  const [linux, mac]: Target[] = ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"];
  await using folder = await temporaryFolder({
    [binaryName("1.2.3", linux)]: "abc",
    [binaryName("1.2.3", mac)]: "",
    [binaryName("1.2.2", mac)]: "old",
  });
  // The digests of "abc" and of nothing: FIPS 180-4 and RFC 6234.
  assertEquals(
    await checksums(folder.path, "1.2.3"),
    `e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  ${binaryName("1.2.3", mac)}\n` +
      `ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  ${binaryName("1.2.3", linux)}\n`,
  );
});

/** A copy of what is compiled, where a binary may be made and thrown away. */
async function copyOfProgram(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  const copy = async (path: string): Promise<void> => {
    if ((await Deno.stat(new URL(path, ROOT))).isFile) {
      return await Deno.copyFile(new URL(path, ROOT), new URL(path, folder.url));
    }
    await Deno.mkdir(new URL(path, folder.url));
    for await (const { name } of Deno.readDir(new URL(path, ROOT))) await copy(`${path}/${name}`);
  };
  for (const path of ["deno.json", "main.ts", "lib", "scripts"]) await copy(path);
  return folder;
}

/** Deno's folder of packages, with those of the program in it. */
async function packagesFolder(): Promise<string> {
  const { packages } = await programModules(ROOT, "main.ts");
  const cache = await new Deno.Command(Deno.execPath(), { args: ["cache", "-q", "--no-lock", ...packages] }).output();
  assertEquals(cache.code, 0, new TextDecoder().decode(cache.stderr));
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}

/**
 * Runs scripts/compile.ts of a copy, on the stand-ins, where nothing can be downloaded (the proxy is a port that nobody has)
 * and no runtime is there, but the program's packages are.
 */
async function compileIn(folder: TemporaryFolder, args: string[], env: Record<string, string> = {}) {
  await Deno.mkdir(`${folder.path}/deno`, { recursive: true });
  await Deno.symlink(await packagesFolder(), `${folder.path}/deno/npm`, { type: "junction" }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--import-map=scripts/offline/import_map.json", "--no-lock"],
      ...["--allow-run", "--allow-read", "--allow-write", "--allow-env", "scripts/compile.ts", ...args],
    ],
    cwd: folder.path,
    env: { NO_COLOR: "1", DENO_DIR: `${folder.path}/deno`, HTTPS_PROXY: "http://127.0.0.1:1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function binariesIn(folder: TemporaryFolder): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(new URL("dist", folder.url)), ({ name }) => name);
  return names.sort();
}

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
