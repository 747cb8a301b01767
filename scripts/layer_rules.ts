/**
 * The rules about who may import whom, as functions of what `deno info --json` and the source texts say. No I/O: the tests
 * plant violations here, `check_layers.ts` feeds it the repository.
 *
 * @module
 */

/** One import as `deno info --json` reports it. */
export interface Dependency {
  /** As written in the source. */
  specifier: string;
  /** What it resolves to where code is loaded; absent for a type-only import. */
  code?: { specifier?: string; error?: string };
  /** What it resolves to for the types. */
  type?: { specifier?: string; error?: string };
  /** True where every import of it is an `import()`. */
  isDynamic?: boolean;
}

/** One module as `deno info --json` reports it. */
export interface Module {
  /** Its URL. */
  specifier: string;
  /** Why it could not be loaded. */
  error?: string;
  /** What it imports. */
  dependencies?: Dependency[];
}

/** What {@linkcode violations} judges. */
export interface Project {
  /** URL of the repository, with a slash at the end. */
  root: string;
  /** Every module that main.ts, mod.ts and the files of lib reach. */
  modules: Module[];
  /** Source texts by path from the root: main.ts, mod.ts, lib/**. */
  sources: Record<string, string>;
  /** Names in the top folder. */
  topLevel: string[];
  /** Names in the top folder that git ignores. */
  ignored: string[];
}

/** Imports point from a higher number to a lower one. */
const RANK: Record<string, number> = {
  core: 0,
  socket: 1,
  net: 2,
  transport: 3,
  echo: 4,
  measure: 4,
  report: 4,
  cli: 5,
};

/** Allowed between siblings: the verifying client and the result types; and `./measure` (an export) hands out the reports. */
const SIBLINGS = [
  /^lib\/measure\/.* lib\/echo\//,
  /^lib\/report\/.* lib\/measure\//,
  /^lib\/measure\/mod\.ts lib\/report\//,
];

/** The layers the library's own entry point is made of. */
const IN_MOD = ["core", "socket", "net", "transport", "echo"];

const TOP_LEVEL = "deno.json main.ts mod.ts lib tests scripts README.md LICENSE CHANGELOG.md .ci .github .gitignore"
  .split(" ");

function layerOf(path: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(path)?.[1];
}

/** The rule that an import of one local file by another breaks. */
function brokenArrow(from: string, to: string): string | undefined {
  if (/^(scripts|tests)\//.test(to)) return "what is published imports neither scripts nor tests";
  const source = layerOf(from), target = layerOf(to);
  if (from === "mod.ts") {
    return target && !IN_MOD.includes(target) ? `mod.ts exports ${IN_MOD.join(", ")} only` : undefined;
  }
  if (source === undefined) return undefined;
  if (to === "mod.ts" || to === "main.ts") return `lib does not import ${to}`;
  if (target === undefined || source === target || SIBLINGS.some((pair) => pair.test(`${from} ${to}`))) {
    return undefined;
  }
  return RANK[target] < RANK[source] ? undefined : `imports point down only, ${source} may not import ${target}`;
}

/** The rule that an import of an @std package breaks. */
function brokenStd(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("jsr:")) return "JSR packages are imported by their name in deno.json";
  const [, name, rest] = /^@std\/([^/]+)(.*)/.exec(specifier)!;
  if (rest !== "") return `@std packages are imported by their root, @std/${name}`;
  if (name === "assert") return "@std/assert belongs to the tests";
  if (from !== "main.ts" && layerOf(from) !== "cli") return "@std belongs to main.ts and lib/cli";
}

function isJsr(specifier: string): boolean {
  return /^(jsr:|@std\/)/.test(specifier);
}

/** What an import leads to, as path from the root where it is a local file. */
function targetOf(dependency: Dependency, root: string): string {
  const url = dependency.code?.specifier ?? dependency.type?.specifier ?? dependency.specifier;
  return url.startsWith(root) ? url.slice(root.length) : url;
}

function* importViolations(path: string, dependencies: Dependency[], root: string): Generator<string> {
  for (const dependency of dependencies) {
    const { specifier, code, type } = dependency;
    const error = code?.error ?? type?.error;
    if (error) yield `${path}: ${specifier}: cannot be resolved: ${error.split("\n")[0]}`;
    const rule = isJsr(specifier) ? brokenStd(path, specifier) : brokenArrow(path, targetOf(dependency, root));
    if (rule) yield `${path}: ${specifier}: ${rule}`;
  }
}

/** Local modules that can be reached from mod.ts; with `loaded`, only by what is loaded at its start. */
function reach(byPath: Map<string, Module>, root: string, loaded: boolean): Set<string> {
  const found = new Set(["mod.ts"]);
  for (const path of found) { // a Set visits what is added on the way
    for (const dependency of byPath.get(path)?.dependencies ?? []) {
      const skipped = loaded && (dependency.isDynamic || !dependency.code);
      if (!skipped && byPath.has(targetOf(dependency, root))) found.add(targetOf(dependency, root));
    }
  }
  return found;
}

/** mod.ts must start like an empty program, and check and run where JSR is out of reach. */
function* modViolations(byPath: Map<string, Module>, root: string): Generator<string> {
  const loaded = reach(byPath, root, true);
  for (const path of reach(byPath, root, false)) {
    for (const dependency of byPath.get(path)?.dependencies ?? []) {
      const target = targetOf(dependency, root);
      if (isJsr(dependency.specifier) || isJsr(target) || target.startsWith("scripts/offline/")) {
        yield `${path}: ${dependency.specifier}: the graph of mod.ts holds no JSR package`;
      } else if (loaded.has(path) && dependency.code && !dependency.isDynamic && /^(npm|node):/.test(target)) {
        yield `${path}: ${dependency.specifier}: the graph of mod.ts loads npm: and node: by import() only`;
      }
    }
  }
}

/** Blanks comments. One begins a line or follows a space: so `"http://…"` and `"lib/**"` in a string stay what they are. */
function withoutComments(source: string): string {
  return source.replace(/(^|\s)(\/\*[\s\S]*?\*\/|\/\/.*)/gm, "$1");
}

/** Who alone may call what; destructuring and `Deno["…"]` are caught too. */
const OWNED = [
  { names: "(?:listen|connect)(?![a-z])\\w*", where: /^lib\/net\//, rule: "only lib/net listens and connects" },
  { names: "exit(?:Code)?(?!\\w)", where: /^main\.ts$/, rule: "only main.ts ends the program" },
];

function* textViolations(path: string, source: string): Generator<string> {
  const text = withoutComments(source);
  for (const { names, where, rule } of OWNED) {
    if (where.test(path)) continue;
    const call = new RegExp(
      `\\bDeno\\s*(?:\\?\\.|\\.|\\[\\s*["'\`])\\s*(${names})|\\{[^{}]*?\\b(${names})[^{}]*\\}\\s*=\\s*Deno\\b`,
      "g",
    );
    for (const found of text.matchAll(call)) yield `${path}: Deno.${found[1] ?? found[2]}: ${rule}`;
  }
}

/** Every breach of the rules, one line each: file, import, rule. */
export function violations(project: Project): string[] {
  const { root, modules, sources, topLevel, ignored } = project;
  const found: string[] = [];
  const byPath = new Map<string, Module>();
  for (const module of modules) {
    if (module.error) {
      const [reason] = module.error.split("\n");
      found.push(`${module.specifier}: cannot be loaded: ${reason}`.replaceAll(root, ""));
    }
    if (module.specifier.startsWith(root)) byPath.set(module.specifier.slice(root.length), module);
  }
  for (const [path, { dependencies = [] }] of byPath) {
    const layer = layerOf(path);
    if (path.startsWith("lib/") && !(layer! in RANK)) {
      found.push(`${path}: -: lib holds ${Object.keys(RANK).join(", ")} only`);
    }
    if (!/^(scripts|tests)\//.test(path)) found.push(...importViolations(path, dependencies, root));
  }
  found.push(...modViolations(byPath, root));
  for (const [path, source] of Object.entries(sources)) found.push(...textViolations(path, source));
  for (const name of topLevel) {
    if (![...TOP_LEVEL, ".git", ...ignored].includes(name)) found.push(`${name}: -: not part of the top level`);
  }
  return found;
}
