import { assert, assertEquals, assertRejects } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import map from "../../scripts/offline/import_map.json" with { type: "json" };
import { publishCheck, publishedPaths, publishProblems, withStandIns } from "../../scripts/publish_check.ts";

const OUTPUT = `Simulating publish of @sounder/tcp@0.1.0 with files:
   file:///repo/LICENSE (1.05KB)
   file:///repo/lib/core/units.ts (0B)
   file:///repo/main.ts (12.3kB)
   file:///repo/mod.ts (2MiB)
Success Dry run complete
`;

Deno.test("publish_check: publishedPaths", () => {
  const paths = ["LICENSE", "lib/core/units.ts", "main.ts", "mod.ts"];
  assertEquals(publishedPaths(OUTPUT, "file:///repo/"), paths);
});

Deno.test("publish_check: publishProblems names what is missing and what is too much", () => {
  const good = [...Object.values(config.exports).map((path) => path.slice(2)), "README.md", "LICENSE", "CHANGELOG.md"];
  assertEquals(publishProblems([...good, "deno.json", "lib/core/units.ts"], config), []);
  assertEquals(publishProblems(good.filter((path) => path !== "README.md"), config), [
    "README.md: would not be published",
  ]);
  assertEquals(publishProblems(good.filter((path) => path !== "main.ts"), config), ["main.ts: would not be published"]);
  const strays = ["tests/a_test.ts", "scripts/ok.ts", "scripts/offline/std_log.ts", ".ci/run", "library.ts"];
  assertEquals(publishProblems([...good, ...strays], config), strays.map((path) => `${path}: would be published`));
});

Deno.test("publish_check: the copy's deno.json has the stand-ins, the original keeps JSR", () => {
  const copy = withStandIns(config, map.imports);
  assertEquals(copy.imports["@std/log"], "./scripts/offline/std_log.ts");
  assertEquals(Object.values(copy.imports).filter((target) => target.startsWith("jsr:")), []);
  assert(copy.publish.include.includes("scripts/offline") && !copy.publish.exclude.includes("scripts"));
  assert(config.imports["@std/log"].startsWith("jsr:") && config.publish.exclude.includes("scripts"));
});

/** A package as small as can be, with a stand-in of its own; returns its folder. */
async function smallPackage(main: string): Promise<URL> {
  const path = (await Deno.realPath(await Deno.makeTempDir())).replaceAll("\\", "/");
  const folder = new URL(`file://${path.startsWith("/") ? "" : "/"}${path}/`);
  for (const name of ["scripts/offline", "lib", "tests"]) await Deno.mkdir(new URL(name, folder), { recursive: true });
  const files: Record<string, string> = {
    "main.ts": main,
    "mod.ts": `/** A. @module */\nexport { a } from "./lib/a.ts";\n`,
    "lib/a.ts": "/** A. */\nexport const a = 1;\n",
    "tests/a_test.ts": "",
    "scripts/offline/std_log.ts": "/** L. */\nexport const log = 1;\n",
    "README.md": "# A\n",
    "LICENSE": "MIT\n",
  };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(new URL(name, folder), text);
  return folder;
}

Deno.test("publish_check: in a copy with the stand-ins, which is removed afterwards", async (t) => {
  const settings = {
    ...config,
    exports: { ".": "./mod.ts", "./cli": "./main.ts" },
    imports: { "@std/log": "jsr:@std/log@^0.224.14" },
  };
  const standIns = { "@std/log": "./std_log.ts" };
  const folder = await smallPackage(`/** M. @module */\nimport { log } from "@std/log";\nlog;\n`);
  const makeTempDir = Deno.makeTempDir;
  let copy = "";
  Deno.makeTempDir = async (options) => (copy = await makeTempDir(options));
  try {
    await t.step("a file that is missing", async () => {
      assertEquals((await publishCheck(folder, settings, standIns)).problems, ["CHANGELOG.md: would not be published"]);
      await assertRejects(() => Deno.stat(copy), Deno.errors.NotFound);
    });
    await t.step("nothing wrong", async () => {
      await Deno.writeTextFile(new URL("CHANGELOG.md", folder), "# Changes\n");
      assertEquals((await publishCheck(folder, settings, standIns)).problems, []);
    });
    await t.step("a type error", async () => {
      await Deno.writeTextFile(new URL("lib/a.ts", folder), "/** A. */\nexport const a: string = 1;\n");
      assertEquals((await publishCheck(folder, settings, standIns)).problems, ["deno publish --dry-run failed"]);
      await assertRejects(() => Deno.stat(copy), Deno.errors.NotFound);
    });
  } finally {
    Deno.makeTempDir = makeTempDir;
    await Deno.remove(folder, { recursive: true });
  }
});
