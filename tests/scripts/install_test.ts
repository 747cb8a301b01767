import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
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

Deno.test("install: the command for a clone gives a program that runs from any folder", async () => {
  const command = COMMANDS.find((one) => one.endsWith(" main.ts"));
  assert(command !== undefined);
  await using folder = await temporaryFolder();
  const args = command.replace("$(deno task -q std)", "").split(/\s+/).slice(1);
  const install = await new Deno.Command(Deno.execPath(), {
    args: [args[0], "--root", folder.path, ...stdFlags(), ...args.slice(1)],
    cwd: ROOT,
  }).output();
  assertEquals(install.code, 0, new TextDecoder().decode(install.stderr));
  const program = `${folder.path}/bin/sounder${Deno.build.os === "windows" ? ".cmd" : ""}`;
  const { code, stdout } = await new Deno.Command(program, { args: ["--version", "--json"], cwd: folder.path })
    .output();
  const { name, version, ffi } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([code, name, version], [0, "sounder", config.version]);
  assertEquals(ffi, Deno.build.os !== "windows");
});
