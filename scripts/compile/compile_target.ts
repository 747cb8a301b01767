import { killAfter } from "../kill_after.ts";
import { checkProduct } from "./check_product.ts";
import { chooseRuntime } from "./choose_runtime.ts";
import { failureOfDeno, isRuntimeMissing } from "./failure_of_deno.ts";
import { binaryName, permissions, runtimeVariable, type Target } from "./target.ts";

/** What is the same for all targets. */
export interface CompilePlan {
  /** The repository, with a slash at the end. */
  readonly root: URL;
  /** Path of the program from there. */
  readonly entry: string;
  /** The version, for the names of the binaries. */
  readonly version: string;
  /** All targets that are compiled in this run. */
  readonly targets: readonly Target[];
  /** Paths of the Workers' modules from the root. */
  readonly workers: readonly string[];
  /** npm packages that are imported only when they are needed. */
  readonly packages: readonly string[];
  /** The flags by which @std is found. */
  readonly stdFlags: readonly string[];
  /** Folder of the binaries. */
  readonly output: string;
  /** Milliseconds that one target may take, the download of its runtime included. */
  readonly timeLimit: number;
}

/** What came of one target. */
export type Compiled =
  | { readonly target: Target; readonly file: string; readonly bytes: number; readonly sha256: string }
  | { readonly target: Target; readonly problem: string; readonly runtimeMissing?: boolean };

/** The arguments of `deno compile` for one target. Types are checked once for all of them, before. */
export function compileArguments(plan: CompilePlan, target: Target, file: string): string[] {
  return [
    "compile",
    "--no-check",
    ...plan.stdFlags,
    ...permissions(target),
    ...[...plan.workers, ...plan.packages].map((one) => `--include=${one}`),
    `--target=${target}`,
    `--output=${file}`,
    plan.entry,
  ];
}

/** Compiles one target; a binary that is not what it should be is deleted again. */
export async function compileTarget(plan: CompilePlan, target: Target): Promise<Compiled> {
  const file = `${plan.output}/${binaryName(plan.version, target)}`;
  // What is there from before must not pass for the product of this run.
  await removeIfThere(file);
  const runtime = await chooseRuntime(target, plan.targets);
  if (typeof runtime === "object" && "problem" in runtime) return { target, problem: runtime.problem };
  const { success, output, timedOut } = await runDeno(plan, compileArguments(plan, target, file), runtime);
  if (timedOut) await removeUnfinished(plan.output, binaryName(plan.version, target));
  if (timedOut || (!success && isRuntimeMissing(output))) {
    const why = timedOut ? `not within ${plan.timeLimit / 1000} s` : failureOfDeno(output);
    return { target, problem: await missingRuntime(target, why), runtimeMissing: true };
  }
  if (!success) return { target, problem: `deno compile: ${failureOfDeno(output)}` };
  const wrong = await checkProduct(file, target, plan.version);
  if (wrong !== undefined) {
    await removeIfThere(file);
    const source = runtime === "deno" ? "Deno's runtime" : runtime.file;
    return {
      target,
      problem: `${
        binaryName(plan.version, target)
      } was deleted: ${wrong} (made with ${source}; it takes the denort of Deno ${Deno.version.deno})`,
    };
  }
  const bytes = await Deno.readFile(file);
  return { target, file, bytes: bytes.length, sha256: await sha256(bytes) };
}

/** What is missing, and how to supply it. */
async function missingRuntime(target: Target, why: string): Promise<string> {
  const { deno } = Deno.version;
  return `no runtime: denort-${target}.zip of Deno ${deno} could not be downloaded (${why}); ` +
    `put it into ${await denoDirectory()}/dl/release/v${deno}/, or unpack it and set ${runtimeVariable(target)}=PATH`;
}

async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdin: "null" }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

async function runDeno(
  { root, timeLimit }: CompilePlan,
  args: string[],
  runtime: { file: string } | "deno",
): Promise<{ success: boolean; output: string; timedOut: boolean }> {
  // Deno takes the variable for any target; which one it fits is chosen by target here.
  const { DENORT_BIN: _, ...environment } = Deno.env.toObject();
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    clearEnv: true,
    env: { ...environment, NO_COLOR: "1", ...(runtime === "deno" ? {} : { DENORT_BIN: runtime.file }) },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  using limit = killAfter(child, timeLimit);
  const { success, stderr } = await child.output();
  return { success, output: new TextDecoder().decode(stderr), timedOut: limit.reached && !success };
}

/** Deno writes into a file beside the product, and had no time to remove it. */
async function removeUnfinished(folder: string, name: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(`${name}.tmp-`)) await removeIfThere(`${folder}/${entry.name}`);
  }
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** The digest in hexadecimal, as sha256sum prints it. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
