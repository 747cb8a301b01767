/**
 * Compiles a copy of the program, where binaries may be made and thrown away.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { programModules } from "../../scripts/compile/program_modules.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary_folder.ts";

const ROOT = new URL("../../", import.meta.url);

/** A copy of what is compiled, where a binary may be made and thrown away. */
export async function copyOfProgram(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  const copy = async (path: string): Promise<void> => {
    if ((await Deno.stat(new URL(path, ROOT))).isFile) {
      return await Deno.copyFile(new URL(path, ROOT), new URL(path, folder.url));
    }
    await Deno.mkdir(new URL(path, folder.url));
    for await (const { name } of Deno.readDir(new URL(path, ROOT))) await copy(`${path}/${name}`);
  };
  for (const path of ["deno.json", "main.ts", "lib", "scripts"]) await copy(path);
  return folder;
}

/** Deno's folder of packages, with those of the program in it. */
export async function packagesFolder(): Promise<string> {
  const { packages } = await programModules(ROOT, "main.ts");
  const cache = await new Deno.Command(Deno.execPath(), { args: ["cache", "-q", "--no-lock", ...packages] }).output();
  assertEquals(cache.code, 0, new TextDecoder().decode(cache.stderr));
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}

/**
 * Runs scripts/compile.ts of a copy, on the stand-ins, where nothing can be downloaded (the proxy is a port that nobody has)
 * and no runtime is there, but the program's packages are.
 */
export async function compileIn(folder: TemporaryFolder, args: string[], env: Record<string, string> = {}) {
  await Deno.mkdir(`${folder.path}/deno`, { recursive: true });
  await Deno.symlink(await packagesFolder(), `${folder.path}/deno/npm`, { type: "junction" }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--import-map=scripts/offline/import_map.json", "--no-lock"],
      ...["--allow-run", "--allow-read", "--allow-write", "--allow-env", "scripts/compile.ts", ...args],
    ],
    cwd: folder.path,
    env: { NO_COLOR: "1", DENO_DIR: `${folder.path}/deno`, HTTPS_PROXY: "http://127.0.0.1:1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

export async function binariesIn(folder: TemporaryFolder): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(new URL("dist", folder.url)), ({ name }) => name);
  return names.sort();
}
