import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import map from "../../scripts/offline/import_map.json" with { type: "json" };
import { withStandIns } from "../../scripts/publish_check.ts";
import { stdFlags } from "../../scripts/std_flags.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const ROOT = new URL("../../", import.meta.url);
const README = await Deno.readTextFile(new URL("README.md", ROOT));

/** The commands of the README that install the program with Deno. */
const COMMANDS = [...README.matchAll(/^deno install .+$/gm)].map(([command]) => command);

Deno.test("install: the README's commands grant what the tasks do", () => {
  assertEquals(COMMANDS.length, 2);
  const granted = config.tasks.sounder.command.match(/--allow-\S+/g);
  for (const command of COMMANDS) assertEquals(command.match(/--allow-\S+/g), granted, command);
});

Deno.test("install: the binaries that the README names are of this version", () => {
  const named = new Set(Array.from(README.matchAll(/sounder-(\d+\.\d+\.\d+)-/g), ([, version]) => version));
  assertEquals([...named], [config.version]);
});

/** Installs a clone by the README's command, with these flags where none are of the stand-ins, and asks what came of it. */
async function installAndAsk(clone: URL, standInFlags: string[]): Promise<void> {
  const command = COMMANDS.find((one) => one.endsWith(" main.ts"));
  const [substitution, otherwise] = /\$\(deno task -q std ([^)]*)\)/.exec(command ?? "") ?? [];
  assert(command !== undefined && substitution !== undefined);
  await using folder = await temporaryFolder();
  const flags = standInFlags.length > 0 ? standInFlags.join(" ") : otherwise;
  const args = command.replace(substitution, flags).split(/\s+/).slice(1);
  const install = await new Deno.Command(Deno.execPath(), {
    args: [args[0], "--root", folder.path, ...args.slice(1)],
    cwd: clone,
  }).output();
  assertEquals(install.code, 0, new TextDecoder().decode(install.stderr));
  const program = `${folder.path}/bin/sounder${Deno.build.os === "windows" ? ".cmd" : ""}`;
  const { code, stdout } = await new Deno.Command(program, { args: ["--version", "--json"], cwd: folder.path })
    .output();
  const { name, version, ffi } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([code, name, version], [0, "sounder", config.version]);
  assertEquals(ffi, Deno.build.os !== "windows");
}

Deno.test("install: the command for a clone gives a program that runs from any folder", async () => {
  await installAndAsk(ROOT, stdFlags());
});

Deno.test("install: where @std is what deno.json says, the installed program finds it too", async () => {
  const paths = await filesIn(ROOT, ["main.ts", "lib", "scripts/offline"]);
  const files = await Promise.all(paths.map(async (path) => [path, await Deno.readTextFile(new URL(path, ROOT))]));
  // As JSR's packages would be: known by deno.json alone, and no import map is given.
  const own = JSON.stringify(withStandIns(config, map.imports));
  await using clone = await temporaryFolder({ ...Object.fromEntries(files), "deno.json": own });
  await installAndAsk(clone.url, []);
});

async function filesIn(root: URL, paths: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const url = new URL(path, root);
    if ((await Deno.stat(url)).isFile) found.push(path);
    else {
      for await (const { name } of Deno.readDir(url)) found.push(...await filesIn(root, [`${path}/${name}`]));
    }
  }
  return found;
}
