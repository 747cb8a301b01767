/**
 * Makes a binary for this machine and calls it through every command. Where its runtime cannot be had it says `skipped:` and
 * why, and that is no failure.
 *
 * `deno run --allow-run --allow-read --allow-write --allow-env scripts/binary_check.ts`
 *
 * @module
 */
import { compile } from "./compile.ts";
import { TARGETS } from "./compile/target.ts";
import { smoke } from "./smoke.ts";

/** A network that drops packets must not hold up the other checks for long. */
const TIME_LIMIT_MS = 60_000;

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  Deno.chdir(root);
  const native = TARGETS.filter((target) => target === Deno.build.target);
  const [compiled] = await compile(root, native, TIME_LIMIT_MS) ?? Deno.exit(1);
  if (compiled === undefined) {
    console.log(`skipped: Sounder is not compiled for ${Deno.build.target}`);
  } else if ("problem" in compiled) {
    if (!compiled.runtimeMissing) Deno.exit(1);
    console.log(`skipped: no binary could be made here, so none was tried: ${compiled.problem}`);
  } else if (await smoke({ path: compiled.file, args: [] }) > 0) {
    Deno.exit(1);
  }
}
