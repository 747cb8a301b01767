import { killAfter } from "../kill_after.ts";
import { programTarget } from "./choose_runtime.ts";
import type { Target } from "./target.ts";

/** A program that does not answer is none of ours; a cold start on a busy machine takes seconds. */
const TIME_LIMIT_MS = 30_000;

/**
 * Whether a binary is what it should be: a program for its target, which on this machine's own target says that it is this
 * version of Sounder on this version of Deno. A runtime that is something else (such as the deno program itself) compiles without an error.
 *
 * @returns What is wrong; undefined if nothing.
 */
export async function checkProduct(path: string, target: Target, version: string): Promise<string | undefined> {
  const found = await programTarget(path);
  if (found !== target) return `it is ${found === undefined ? "no program" : `a program for ${found}`}`;
  if (target !== Deno.build.target) return undefined;
  const answer = await versionOf(path);
  const wanted = { name: "sounder", version, target, deno: Deno.version.deno };
  const wrong = (Object.keys(wanted) as (keyof typeof wanted)[]).filter((key) => answer?.[key] !== wanted[key]);
  if (wrong.length === 0) return undefined;
  return answer === undefined
    ? "to --version --json it does not answer as Sounder does"
    : `to --version --json it answers ${wrong.map((key) => `${key} ${JSON.stringify(answer[key])}`).join(", ")}`;
}

/** What it answers, where that is a JSON object. */
async function versionOf(path: string): Promise<Record<string, unknown> | undefined> {
  const child = new Deno.Command(path, {
    args: ["--version", "--json"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  using _limit = killAfter(child, TIME_LIMIT_MS);
  const { success, stdout } = await child.output();
  if (!success) return undefined;
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(stdout));
    return typeof answer === "object" && answer !== null ? answer as Record<string, unknown> : undefined;
  } catch {
    return undefined; // no JSON: no answer of ours
  }
}
