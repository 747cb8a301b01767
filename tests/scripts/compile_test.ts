import { assertEquals, assertMatch } from "@std/assert";
import { askedTargets, checksums } from "../../scripts/compile.ts";
import { packagesIn, programModules, workersIn } from "../../scripts/compile/program_modules.ts";
import { binaryName, type Target, TARGETS } from "../../scripts/compile/target.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

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
