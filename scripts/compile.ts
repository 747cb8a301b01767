/**
 * Compiles Sounder for each system: `deno task compile`, or `deno task compile --target TARGET` for one; `--target native`
 * is this machine's own. The binaries go to `dist/`, their checksums to `dist/SHA256SUMS`. The runtime that `deno compile`
 * puts into them (denort) comes from Deno's cache, its download, or a file: `DENORT_BIN`, or for one target
 * `DENORT_BIN_X86_64_UNKNOWN_LINUX_GNU` and so on. Types and modules are checked before.
 *
 * @module
 */
import { parseArgs } from "node:util";
import config from "../deno.json" with { type: "json" };
import { type Compiled, compileTarget, sha256 } from "./compile/compile_target.ts";
import { strayVariables } from "./compile/choose_runtime.ts";
import { programModules } from "./compile/program_modules.ts";
import { binaryName, runtimeVariable, type Target, TARGETS } from "./compile/target.ts";
import { stdFlags, usesStandIns } from "./std_flags.ts";

/** The program. */
const ENTRY = "main.ts";

/** Folder of the binaries. */
const OUTPUT = "dist";

/** A runtime has about 40 MB, and six may be under way at once; a network that drops packets would take for ever. */
const TIME_LIMIT_MS = 300_000;

/** The targets that the arguments ask for. */
export function askedTargets(args: string[]): Target[] {
  const { target } = parseArgs({ args, options: { target: { type: "string", multiple: true } } }).values;
  if (target === undefined) return [...TARGETS];
  return target.map((name) => {
    const found = TARGETS.find((one) => one === (name === "native" ? Deno.build.target : name));
    if (found) return found;
    throw new TypeError(`unknown target "${name}": use native, ${TARGETS.join(", ")}`);
  });
}

/** The lines of `SHA256SUMS`, as `sha256sum` writes them: of every binary of this version that is there. */
export async function checksums(folder: string, version: string): Promise<string> {
  const lines: string[] = [];
  for (const name of TARGETS.map((target) => binaryName(version, target)).sort()) {
    const bytes = await Deno.readFile(`${folder}/${name}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    if (bytes) lines.push(`${await sha256(bytes)}  ${name}\n`);
  }
  return lines.join("");
}

/** What became of a target, in a line. */
export function lineOf(compiled: Compiled): string {
  const { target } = compiled;
  if ("problem" in compiled) return `FAILED  ${target}: ${compiled.problem}`;
  return `ok      ${target}: ${compiled.file}, ${(compiled.bytes / 2 ** 20).toFixed(1)} MiB, sha256 ${compiled.sha256}`;
}

/**
 * Checks the program, compiles it for these targets, and says what becomes of each on stdout.
 *
 * @param root The repository, with a slash at the end; also the working folder.
 * @param timeLimit Milliseconds that one target may take.
 * @returns One for each target; undefined where the program itself is wrong, which is told on stderr.
 */
export async function compile(
  root: URL,
  targets: readonly Target[],
  timeLimit: number = TIME_LIMIT_MS,
): Promise<Compiled[] | undefined> {
  const [stray] = strayVariables(Object.keys(Deno.env.toObject()));
  if (stray) throw new TypeError(`unknown variable ${stray}: use ${TARGETS.map(runtimeVariable).join(", ")}`);
  if (!await typesAreRight(root)) return undefined;
  const { local, workers, packages, problems } = await programModules(root, ENTRY);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return undefined;
  const standIns = usesStandIns() ? "; @std is the stand-ins of scripts/offline/: not for release" : "";
  console.log(
    `Checked ${ENTRY}: types; ${local.length} modules of its own, ${workers.length} of them Workers${standIns}`,
  );
  await Deno.mkdir(new URL(OUTPUT, root), { recursive: true });
  const { version } = config;
  const plan = {
    root,
    entry: ENTRY,
    version,
    targets,
    workers,
    packages,
    stdFlags: stdFlags(),
    output: OUTPUT,
    timeLimit,
  };
  const all = await Promise.all(targets.map(async (target) => {
    const compiled = await compileTarget(plan, target);
    console.log(lineOf(compiled));
    return compiled;
  }));
  await Deno.writeTextFile(new URL(`${OUTPUT}/SHA256SUMS`, root), await checksums(OUTPUT, version));
  return all;
}

/** Whether the types are right; deno tells what is not. */
async function typesAreRight(root: URL): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), { args: ["check", "-q", ...stdFlags(), ENTRY], cwd: root });
  return (await child.spawn().status).success;
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  Deno.chdir(root);
  try {
    const all = await compile(root, askedTargets(Deno.args));
    if (!all || all.some((compiled) => "problem" in compiled)) Deno.exit(1);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`compile: ${error.message}`);
    Deno.exit(2);
  }
}
