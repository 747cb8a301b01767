/**
 * Every check of the project, one after the other; `deno task ok`. The last line is `N passed, N failed`: the tests' own
 * counts plus one for each other check.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { stdEnv, stdFlags } from "./std_flags.ts";

/** How many checks came out which way. */
export interface Counts {
  /** Held. */
  passed: number;
  /** Did not. */
  failed: number;
  /** Tests that were not run. */
  skipped: number;
}

/** The counts in the last line of `deno test`; undefined where there is none: then no test ran. */
export function testCounts(output: string): Counts | undefined {
  const step = "(?: \\(\\d+ steps?\\))?";
  const line = `^(?:ok|FAILED) \\| (\\d+) passed${step} \\| (\\d+) failed${step}(?: \\| (\\d+) ignored)?`;
  const last = [...output.matchAll(new RegExp(line, "gm"))].at(-1);
  return last && { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) };
}

/** The verdict on a test run: exit code 0 with no test, or 1 with no failed one (a type error), is a failure too. */
export function judgeTests(output: string, success: boolean): Counts {
  const counts = testCounts(output) ?? { passed: 0, failed: 0, skipped: 0 };
  const ran = counts.passed + counts.failed > 0;
  return { ...counts, failed: Math.max(counts.failed, success && ran ? 0 : 1) };
}

/** The verdict on another check: one that ran, or that says in a line of its own why it could not. */
export function judgeCheck(output: string, success: boolean): Counts {
  const skipped = success && /^skipped: /m.test(output);
  return { passed: success && !skipped ? 1 : 0, failed: success ? 0 : 1, skipped: skipped ? 1 : 0 };
}

/** The last line: `12 passed, 0 failed`, with `, 3 skipped` where tests were. */
export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Runs deno with its output passed on as it comes; returns what it wrote to stdout. */
async function deno(args: string[]): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL("../", import.meta.url),
    // Colours would be in the way of reading the counts.
    env: { ...stdEnv(), NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const [shown, kept] = child.stdout.tee();
  const [output, { success }] = await Promise.all([
    new Response(kept).text(),
    child.status,
    shown.pipeTo(Deno.stdout.writable, { preventClose: true }),
  ]);
  return { success, output };
}

function checks(): [name: string, args: string[]][] {
  const std = stdFlags();
  const entries = Object.values(config.exports);
  const script = ["run", "--no-prompt", ...std, "--allow-run", "--allow-read"];
  return [
    ["fmt", ["fmt", "--check"]],
    ["lint", ["lint"]],
    ["check", ["check", ...std, "main.ts", "mod.ts", "lib", "tests", "scripts"]],
    ["doc", ["doc", "--lint", ...std, ...entries]],
    ["layers", [...script, "scripts/check_layers.ts"]],
    ["test", ["task", "test"]],
    ["publish", [...script, "--allow-write", "scripts/publish_check.ts"]],
    // The tests have just run.
    ["readme", ["task", "readme", "--except", "task test"]],
    ["torture", ["task", "torture", "--quick"]],
    ["binary", [...script, "--allow-write", "--allow-env", "scripts/binary_check.ts"]],
  ];
}

async function main(): Promise<boolean> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const summary: string[] = [];
  for (const [name, args] of checks()) {
    console.log(`\n== ${name}: deno ${args.join(" ")}`);
    const { success, output } = await deno(args);
    const counts = name === "test" ? judgeTests(output, success) : judgeCheck(output, success);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const verdict = counts.failed > 0 ? "FAILED " : counts.passed > 0 ? "ok     " : "skipped";
    summary.push(`${verdict}  ${name}${name === "test" ? `: ${lastLine(counts)}` : ""}`);
  }
  console.log(`\n${summary.join("\n")}\n${lastLine(total)}`);
  return total.failed === 0;
}

if (import.meta.main && !await main()) Deno.exit(1);
