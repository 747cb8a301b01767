import { assertEquals } from "@std/assert";
import { readProject } from "../../scripts/check_layers.ts";
import { violations } from "../../scripts/layer_rules.ts";

const FILES: Record<string, string> = {
  ".gitignore": "# what is not ours\ncoverage/\n",
  "coverage/a.txt": "",
  "deno.json": `{ "lock": false, "imports": { "@std/log": "jsr:@std/log@^0.224.14" } }`,
  "main.ts": `import { run } from "./lib/cli/run.ts";\nrun();\n`,
  "mod.ts": `export { open } from "./lib/net/open.ts";\nexport type { Name } from "./lib/core/name.ts";\n`,
  "lib/cli/run.ts": `import "node:util";\nimport "../net/open.ts";\nexport function run(): void {}\n`,
  "lib/core/name.ts": `/** Never Deno.listen. */\nexport type Name = string;\n`,
  "lib/net/open.ts": `import type { Socket } from "node:net";\n` +
    `export const open = (_?: Socket): Promise<unknown> => import("./tls.ts");\n`,
  "lib/net/tls.ts": `import "node:tls";\n`,
};

/** The violations in a repository of these files. */
async function check(files: Record<string, string>): Promise<string[]> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    const slashes = folder.replaceAll("\\", "/");
    return violations(await readProject(new URL(`file://${slashes.startsWith("/") ? "" : "/"}${slashes}/`)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("check_layers: a clean repository, read by deno info", async () => {
  assertEquals(await check(FILES), []);
});

Deno.test("check_layers: a repository with one of each", async () => {
  const found = await check({
    ...FILES,
    "notes.md": "",
    "lib/core/name.ts":
      `import { open } from "../net/open.ts";\nimport "./gone.ts";\nexport type Name = typeof open;\n`,
    "lib/net/open.ts": `import "node:net";\nimport "@std/log";\nawait import("node:net");\nexport const open = 1;\n`,
    "lib/echo/alone.ts": `import "../measure/a.ts";\nDeno.exit(1);\n`, // reached from nowhere
    "lib/measure/a.ts": "",
  });
  assertEquals(found.filter((line) => !line.startsWith("jsr:")).sort(), [
    'lib/core/gone.ts: cannot be loaded: Module not found "lib/core/gone.ts".',
    "lib/core/name.ts: ../net/open.ts: imports point down only, core may not import net",
    "lib/echo/alone.ts: ../measure/a.ts: imports point down only, echo may not import measure",
    "lib/echo/alone.ts: Deno.exit: only main.ts ends the program",
    "lib/net/open.ts: @std/log: @std belongs to main.ts and lib/cli",
    "lib/net/open.ts: @std/log: the graph of mod.ts holds no JSR package",
    "lib/net/open.ts: node:net: the graph of mod.ts loads npm: and node: by import() only",
    "notes.md: -: not part of the top level",
  ]);
});
