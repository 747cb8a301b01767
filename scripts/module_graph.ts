import type { Module } from "./layer_rules.ts";
import { stdFlags } from "./std_flags.ts";

/**
 * The modules that some files of a repository import, the files themselves included, as `deno info` tells them.
 *
 * @param files Paths from the root.
 */
export async function moduleGraph(root: URL, files: readonly string[]): Promise<Module[]> {
  // The entry is a module made up on the spot, so nothing is written and deno starts once.
  const entry = files.map((file) => `import ${JSON.stringify(new URL(file, root).href)};`).join("\n");
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ...stdFlags(), `data:application/typescript,${encodeURIComponent(entry)}`],
    cwd: root,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`cannot read the module graph: ${new TextDecoder().decode(stderr)}`);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  return modules;
}
