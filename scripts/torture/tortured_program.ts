import config from "../../deno.json" with { type: "json" };
import { stdFlags } from "../std_flags.ts";

/** How a program under torture is started. */
export interface TorturedProgram {
  /** What it is called in results. */
  readonly name: string;
  /** What is executed. */
  readonly path: string;
  /** Arguments before those of Sounder. */
  readonly args: readonly string[];
  /** The folder it runs in. */
  readonly cwd: string;
}

const ROOT = new URL("../../", import.meta.url).pathname;

/** The permissions that `deno task sounder` grants, those of `deno task serve` among them. */
const PERMISSIONS = config.tasks.sounder.command.match(/--allow-\S+/g)!;

/**
 * The program of a path: `main.ts` of some tree, run as the task does, in the folder of its deno.json; anything else is
 * a binary. Without a path it is that of this tree.
 *
 * @throws {SyntaxError} if there is no such file.
 */
export function torturedProgram(path: string | undefined): TorturedProgram {
  const file = path === undefined ? `${ROOT}main.ts` : realPath(path);
  if (!file.endsWith(".ts")) return { name: path!, path: file, args: [], cwd: Deno.cwd() };
  const args = ["run", "-q", "--no-prompt", ...stdFlags(), ...PERMISSIONS, file];
  const cwd = file.slice(0, file.lastIndexOf("/") + 1);
  return { name: path ?? "main.ts", path: Deno.execPath(), args, cwd };
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    throw new SyntaxError(`no program to torture at ${path}: ${(error as Error).message}`);
  }
}
