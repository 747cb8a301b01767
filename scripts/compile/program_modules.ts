import { moduleGraph } from "../module_graph.ts";

/** What a program is made of, before it is compiled. */
export interface ProgramModules {
  /** Paths from the root, of every module of the program and of its Workers. */
  readonly local: readonly string[];
  /** Of these, the entries of Workers: `deno compile` does not find them by itself. */
  readonly workers: readonly string[];
  /** The npm packages that it imports only when they are needed: those `deno compile` does not find either. */
  readonly packages: readonly string[];
  /** What would be missing or too much in the binary, one line each. */
  readonly problems: readonly string[];
}

/** What a binary may hold beside the library and the command line: the stand-ins, where they take the place of @std. */
const STAND_INS = "scripts/offline/";

/**
 * The modules of a program, its Workers' included.
 *
 * @param root The repository, with a slash at the end.
 * @param entry Path of the program from there.
 */
export async function programModules(root: URL, entry: string): Promise<ProgramModules> {
  const workers: string[] = [];
  const problems = new Set<string>();
  for (;;) {
    const graph = await moduleGraph(root, [entry, ...workers]);
    for (const { specifier, error } of graph) {
      if (error) problems.add(`${specifier.replace(root.href, "")}: ${error}`);
    }
    const local = graph.flatMap(({ specifier, error }) =>
      specifier.startsWith("file:") && !error ? [specifier.replace(root.href, "")] : []
    ).sort();
    // A Worker may start others.
    const found = await startedWorkers(root, local, problems);
    const more = found.filter((path) => !workers.includes(path));
    if (more.length === 0) {
      for (const path of local) if (!isOurs(path, entry)) problems.add(`${path}: is no part of the program`);
      return { local, workers, packages: await namedPackages(root, local), problems: [...problems] };
    }
    workers.push(...more);
  }
}

function isOurs(path: string, entry: string): boolean {
  return path === entry || path === "deno.json" || path.startsWith("lib/") || path.startsWith(STAND_INS);
}

/** The npm packages that these name. */
async function namedPackages(root: URL, paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths.filter(isCode)) {
    for (const name of packagesIn(await Deno.readTextFile(new URL(path, root)))) found.add(name);
  }
  return [...found].sort();
}

/** The npm packages that a source text names, each with its version and without a path in it. */
export function packagesIn(source: string): string[] {
  const named = withoutComments(source).matchAll(/["'](npm:\/?(?:@[^/"']+\/)?[^/"']+)(?:\/[^"']*)?["']/g);
  return [...new Set(Array.from(named, ([, name]) => name))];
}

function isCode(path: string): boolean {
  return /\.[mc]?[jt]sx?$/.test(path);
}

/** In a comment, as in an example, nothing is started. */
function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}

/** The modules that these start as Workers. */
async function startedWorkers(root: URL, paths: readonly string[], problems: Set<string>): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths.filter(isCode)) {
    const source = await Deno.readTextFile(new URL(path, root));
    const { modules, unknown } = workersIn(source);
    for (const module of modules) found.add(new URL(module, new URL(path, root)).href.replace(root.href, ""));
    if (unknown > 0) {
      problems.add(
        `${path}: starts a Worker whose module cannot be told: new Worker(new URL("./name.ts", import.meta.url))`,
      );
    }
  }
  return [...found].sort();
}

/** The Workers that a source text starts: their modules, and how many it starts in a way that names none. */
export function workersIn(source: string): { modules: string[]; unknown: number } {
  const code = withoutComments(source);
  const started = code.match(/\bnew\s+Worker\s*\(/g)?.length ?? 0;
  const named = /\bnew\s+Worker\s*\(\s*new\s+URL\(\s*["']([^"']+)["']\s*,\s*import\.meta\.url\s*,?\s*\)/g;
  const modules = Array.from(code.matchAll(named), ([, module]) => module);
  return { modules, unknown: started - modules.length };
}
