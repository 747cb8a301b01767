import { assertEquals } from "@std/assert";
import { type Dependency, type Module, type Project, violations } from "../../scripts/layer_rules.ts";

const root = "file:///repo/";

/** An import as written, and what it resolves to (a path from the root, or a URL). */
function imports(specifier: string, target: string = specifier, more: Partial<Dependency> = {}): Dependency {
  return { specifier, code: { specifier: /^\w+:/.test(target) ? target : root + target }, ...more };
}

/** A project of these modules and texts; nothing else wrong with it. */
function project(graph: Record<string, Dependency[]>, more: Partial<Project> = {}): Project {
  const modules: Module[] = Object.entries({ "main.ts": [], "mod.ts": [], ...graph }).map(([path, dependencies]) => {
    return { specifier: root + path, dependencies };
  });
  return { root, modules, sources: {}, topLevel: [], ignored: [], ...more };
}

const LAYERS = ["core", "socket", "net", "transport", "echo", "measure", "report", "cli"];

Deno.test("layers: every pair of layers, by the arrows", () => {
  // Row: who imports; column: who is imported. 1: allowed.
  const allowed: Record<string, string> = {
    core: "10000000",
    socket: "11000000",
    net: "11100000",
    transport: "11110000",
    echo: "11111000",
    measure: "11111100",
    report: "11110110",
    cli: "11111111",
  };
  for (const from of LAYERS) {
    const row = LAYERS.map((to) => {
      const [file, target] = [`lib/${from}/a.ts`, `lib/${to}/b.ts`];
      const found = violations(project({ [file]: [imports("../b.ts", target)], [target]: [] }));
      const rule = `${file}: ../b.ts: imports point down only, ${from} may not import ${to}`;
      if (found.length > 0) assertEquals(found, [rule]);
      return found.length === 0 ? "1" : "0";
    }).join("");
    assertEquals(row, allowed[from], from);
  }
});

const std = (name: string) => imports(`@std/${name}`, `jsr:@std/${name}@^1.0.0`);
const offline = (name: string) => imports(`@std/${name}`, `scripts/offline/std_${name}.ts`);
const toJsr = "the graph of mod.ts holds no JSR package";
const byImport = "the graph of mod.ts loads npm: and node: by import() only";

/** Graphs, and the violations in them: without their beginning `file: import: `, which is the same for all of a graph. */
const GRAPHS: [name: string, file: string, dependency: Dependency, rules: string[]][] = [
  ["main imports cli", "main.ts", imports("./lib/cli/run.ts", "lib/cli/run.ts"), []],
  ["main imports core", "main.ts", imports("./lib/core/a.ts", "lib/core/a.ts"), []],
  ["measure/mod.ts hands out the reports", "lib/measure/mod.ts", imports("../report/a.ts", "lib/report/a.ts"), []],
  ["deno.json, for the version", "lib/cli/a.ts", imports("../../deno.json", "deno.json"), []],
  ["lib imports mod.ts", "lib/cli/a.ts", imports("../../mod.ts", "mod.ts"), ["lib does not import mod.ts"]],
  ["lib imports main.ts", "lib/cli/a.ts", imports("../../main.ts", "main.ts"), ["lib does not import main.ts"]],
  ...["lib/cli/a.ts", "main.ts"].flatMap((file): typeof GRAPHS =>
    ["scripts/a.ts", "tests/support/a.ts"].map((target) => [
      `${file} imports ${target}`,
      file,
      imports("../a.ts", target),
      ["what is published imports neither scripts nor tests"],
    ])
  ),
  ["mod.ts imports cli", "mod.ts", imports("./lib/cli/a.ts", "lib/cli/a.ts"), [
    "mod.ts exports core, socket, net, transport, echo only",
  ]],
  ["mod.ts imports measure", "mod.ts", imports("./lib/measure/a.ts", "lib/measure/a.ts"), [
    "mod.ts exports core, socket, net, transport, echo only",
  ]],
  ["@std/log in cli", "lib/cli/a.ts", std("log"), []],
  ["@std/cli in main, stand-in", "main.ts", offline("cli"), []],
  ["@std/log in echo", "lib/echo/a.ts", std("log"), ["@std belongs to main.ts and lib/cli"]],
  ["@std/log in echo, stand-in", "lib/echo/a.ts", offline("log"), ["@std belongs to main.ts and lib/cli"]],
  ["@std/assert in cli", "lib/cli/a.ts", std("assert"), ["@std/assert belongs to the tests"]],
  ["@std not by its root", "lib/cli/a.ts", std("cli/parse-args"), [
    "@std packages are imported by their root, @std/cli",
  ]],
  ["jsr: written out", "lib/cli/a.ts", imports("jsr:@std/log"), [
    "JSR packages are imported by their name in deno.json",
  ]],
  ["@std in mod.ts itself", "mod.ts", std("log"), ["@std belongs to main.ts and lib/cli", toJsr]],
  ["not to be resolved", "lib/core/a.ts", { specifier: "zap", code: { error: 'Import "zap" not a dependency' } }, [
    'cannot be resolved: Import "zap" not a dependency',
  ]],
  ["static node: outside of mod.ts's graph", "lib/cli/a.ts", imports("node:net"), []],
];

Deno.test("layers: one import at a time", async (t) => {
  for (const [name, file, dependency, rules] of GRAPHS) {
    await t.step(name, () => {
      const found = violations(project({ [file]: [dependency] }));
      assertEquals(found, rules.map((rule) => `${file}: ${dependency.specifier}: ${rule}`));
    });
  }
});

/** What lib/net/a.ts, which mod.ts imports, may import. */
const IN_MOD_GRAPH: [name: string, dependency: Dependency, rules: string[]][] = [
  ["static node:", imports("node:net"), [byImport]],
  ["static npm: behind a name", imports("hdr", "npm:hdr-histogram-js@3.0.1"), [byImport]],
  ["dynamic node:", imports("node:net", "node:net", { isDynamic: true }), []],
  ["type-only node:", { specifier: "node:net", type: { specifier: "node:net" } }, []],
  ["@std", std("log"), ["@std belongs to main.ts and lib/cli", toJsr]],
  ["dynamic @std", { ...offline("log"), isDynamic: true }, ["@std belongs to main.ts and lib/cli", toJsr]],
  ["a package of JSR behind a name", imports("other", "jsr:@other/package"), [toJsr]],
  ["a stand-in by its path", imports("../../scripts/offline/std_log.ts", "scripts/offline/std_log.ts"), [
    "what is published imports neither scripts nor tests",
    toJsr,
  ]],
];

Deno.test("layers: what the graph of mod.ts may load", async (t) => {
  const file = "lib/net/a.ts";
  for (const [name, dependency, rules] of IN_MOD_GRAPH) {
    await t.step(name, () => {
      const found = violations(project({ "mod.ts": [imports("./a.ts", file)], [file]: [dependency] }));
      assertEquals(found, rules.map((rule) => `${file}: ${dependency.specifier}: ${rule}`));
    });
  }
  await t.step("a module that is loaded by import() may load node: at its own start", () => {
    const dynamic = imports("./a.ts", file, { isDynamic: true });
    assertEquals(violations(project({ "mod.ts": [dynamic], [file]: [imports("node:net")] })), []);
  });
  await t.step("but JSR not even there", () => {
    const dynamic = imports("./a.ts", file, { isDynamic: true });
    const found = violations(project({ "mod.ts": [dynamic], [file]: [imports("other", "jsr:@other/package")] }));
    assertEquals(found, [`${file}: other: ${toJsr}`]);
  });
});

const net = "only lib/net listens and connects", exit = "only main.ts ends the program";

/** Texts, by where they stand, and what is found in them. */
const TEXTS: [path: string, text: string, found: string[]][] = [
  ["lib/net/a.ts", "Deno.listen({}); Deno.connectTls({});", []],
  ["lib/echo/a.ts", "await Deno.connect({ port });", [`Deno.connect: ${net}`]],
  ["lib/cli/a.ts", "Deno.listenTls(o); Deno\n  .listen(o)", [`Deno.listenTls: ${net}`, `Deno.listen: ${net}`]],
  ["mod.ts", 'Deno["connect"](o); Deno?.connectTls', [`Deno.connect: ${net}`, `Deno.connectTls: ${net}`]],
  ["lib/echo/a.ts", "const { errors, listen } = Deno;", [`Deno.listen: ${net}`]],
  ["lib/echo/a.ts", "let a: Deno.Listener, b: Deno.ConnectOptions; Deno.listener", []],
  ["lib/echo/a.ts", "/** {@linkcode Deno.listen} */\n// Deno.connect()\nf(); // Deno.exit(1)\n/*\n Deno.exit\n*/", []],
  ["lib/echo/a.ts", 'f("http://a"); Deno.connect(o); g("lib/**/*.ts"); Deno.listen(o)', [
    `Deno.connect: ${net}`,
    `Deno.listen: ${net}`,
  ]],
  ["main.ts", "Deno.exit(await run(Deno.args));", []],
  ["lib/cli/a.ts", "Deno.exit(1); Deno.exitCode = 2;", [`Deno.exit: ${exit}`, `Deno.exitCode: ${exit}`]],
];

Deno.test("layers: who calls what", () => {
  for (const [path, text, found] of TEXTS) {
    assertEquals(violations(project({}, { sources: { [path]: text } })), found.map((line) => `${path}: ${line}`), text);
  }
});

Deno.test("layers: modules that cannot be loaded, unknown layers, strange files at the top", () => {
  const broken: Module = { specifier: `${root}lib/core/a.ts`, error: "Module not found\nat …" };
  assertEquals(violations({ ...project({}), modules: [broken] }), [
    "lib/core/a.ts: cannot be loaded: Module not found",
  ]);
  const only = `lib holds ${LAYERS.join(", ")} only`;
  const strays = project({ "lib/util/a.ts": [], "lib/a.ts": [] });
  assertEquals(violations(strays), [`lib/util/a.ts: -: ${only}`, `lib/a.ts: -: ${only}`]);
  const topLevel = ["deno.json", "lib", ".git", "node_modules", "docs", "todo.txt"];
  const found = violations(project({}, { topLevel, ignored: ["node_modules", ""] }));
  assertEquals(found, ["docs: -: not part of the top level", "todo.txt: -: not part of the top level"]);
});
