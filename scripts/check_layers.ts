/**
 * Checks who imports whom: `deno run --allow-run --allow-read scripts/check_layers.ts`. The rules are in `layer_rules.ts`.
 *
 * @module
 */
import { type Project, violations } from "./layer_rules.ts";
import { moduleGraph } from "./module_graph.ts";

/** Paths of the TypeScript files under a folder, from the root; none where there is no folder. */
async function typeScriptFiles(root: URL, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    if (entry.isDirectory) found.push(...await typeScriptFiles(root, `${folder}${entry.name}/`));
    else if (/\.tsx?$/.test(entry.name)) found.push(folder + entry.name);
  }
  return found.sort();
}

/** Reads from a repository what the rules are about. */
export async function readProject(root: URL): Promise<Project> {
  const files = ["main.ts", "mod.ts", ...await typeScriptFiles(root, "lib/")];
  const modules = await moduleGraph(root, files);
  const sources: Record<string, string> = {};
  for (const file of files) sources[file] = await Deno.readTextFile(new URL(file, root));
  const ignored = (await Deno.readTextFile(new URL(".gitignore", root))).split(/\r?\n/).map((line) =>
    line.replace(/\/$/, "")
  );
  const topLevel = (await Array.fromAsync(Deno.readDir(root))).map((entry) => entry.name);
  return { root: root.href, modules, sources, topLevel, ignored };
}

if (import.meta.main) {
  const project = await readProject(new URL("../", import.meta.url));
  const found = violations(project);
  for (const line of found) console.error(line);
  console.log(`Checked the imports of ${Object.keys(project.sources).length} files: ${found.length} violations`);
  if (found.length > 0) Deno.exit(1);
}
