/**
 * A dry run of `deno publish`, and whether what it would publish is what should be. Where @std comes from the stand-ins, it
 * runs in a temporary copy whose deno.json names them: publishing resolves every `jsr:` import of every export and takes no
 * import map. Never publish from such a copy.
 *
 * `deno run --allow-run --allow-read --allow-write scripts/publish_check.ts`
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import standIns from "./offline/import_map.json" with { type: "json" };
import { usesStandIns } from "./std_flags.ts";

const OFFLINE = "scripts/offline";

/** The part of a deno.json that matters here. */
export interface PublishConfig {
  /** Entry points by export. */
  exports: Record<string, string>;
  /** Packages by name. */
  imports: Record<string, string>;
  /** What is published. */
  publish: { include: string[]; exclude: string[] };
}

/** The deno.json of the copy: @std is the stand-ins, and they may go along. */
export function withStandIns<T extends PublishConfig>(real: T, map: Record<string, string>): T {
  const imports = { ...real.imports };
  for (const name of Object.keys(imports)) {
    if (imports[name].startsWith("jsr:")) imports[name] = `./${OFFLINE}/${map[name].replace(/^\.\//, "")}`;
  }
  const exclude = real.publish.exclude.filter((path) => path !== "scripts");
  return { ...real, imports, publish: { include: [...real.publish.include, OFFLINE], exclude } };
}

/** The paths in what `deno publish --dry-run` prints about a folder. */
export function publishedPaths(output: string, root: string): string[] {
  return Array.from(output.matchAll(/^\s+(file:\S+) \([\d.]+\s?[kMG]?i?B\)$/gim), ([, url]) => url.replace(root, ""));
}

/** What is wrong with a list of published paths, one line each. */
export function publishProblems(paths: string[], { exports, publish }: PublishConfig): string[] {
  const wanted = [
    ...Object.values(exports).map((path) => path.replace(/^\.\//, "")),
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
  ];
  const missing = wanted.filter((path) => !paths.includes(path)).map((path) => `${path}: would not be published`);
  const allowed = (path: string) => publish.include.some((one) => path === one || path.startsWith(`${one}/`));
  return [...missing, ...paths.filter((path) => !allowed(path)).map((path) => `${path}: would be published`)];
}

async function copy(from: URL, to: URL): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(new URL(`${from}/${name}`), new URL(`${to}/${name}`));
}

/** A copy of what `config` publishes, with that deno.json. */
async function copyOf(root: URL, config: PublishConfig): Promise<URL> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "sounder_publish_" }));
  const folder = new URL(`file://${path.startsWith("/") ? "" : "/"}${path.replaceAll("\\", "/")}/`);
  await Deno.mkdir(new URL("scripts", folder));
  for (const name of config.publish.include) {
    // One that is missing is reported by what is then not published.
    await copy(new URL(name, root), new URL(name, folder)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  await Deno.writeTextFile(new URL("deno.json", folder), JSON.stringify(config, null, 2));
  return folder;
}

/** What a dry run said. */
export interface DryRun {
  /** The output of `deno publish`. */
  output: string;
  /** What is wrong, one line each. */
  problems: string[];
}

async function dryRun(root: URL, config: PublishConfig): Promise<DryRun> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) return { output, problems: ["deno publish --dry-run failed"] };
  return { output, problems: publishProblems(publishedPaths(output, root.href), config) };
}

/** Dry-runs the publishing of a repository; `map`: in a copy, with these stand-ins for its JSR packages. */
export async function publishCheck(root: URL, config: PublishConfig, map?: Record<string, string>): Promise<DryRun> {
  if (!map) return await dryRun(root, config);
  const offline = withStandIns(config, map);
  const folder = await copyOf(root, offline);
  try {
    return await dryRun(folder, offline);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const map = usesStandIns() ? standIns.imports : undefined;
  const { output, problems } = await publishCheck(new URL("../", import.meta.url), config, map);
  console.log(output.trimEnd());
  for (const line of problems) console.error(line);
  console.log(`Publish dry run${map ? " (of a copy with the stand-ins)" : ""}: ${problems.length} problems`);
  if (problems.length > 0) Deno.exit(1);
}
