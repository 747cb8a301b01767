/**
 * Prints the deno flags that put the stand-ins of `scripts/offline/` in the place of @std, or nothing where JSR can be reached.
 * The tasks put them into their command lines: `deno run $(deno task -q std) …`. `SOUNDER_STD=jsr|offline` decides without
 * asking. Arguments are printed where no stand-ins are needed: `deno task -q std --config=deno.json` is for `deno install`,
 * which would else ignore what deno.json says of @std.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { killAfter } from "./kill_after.ts";

/** A network that drops packets keeps deno waiting for minutes; one that answers needs about a second for the three packages. */
const TIME_LIMIT_MS = 5_000;

/** As the tasks need it: they run in the folder of deno.json. */
const STAND_IN_FLAGS = "--import-map=scripts/offline/import_map.json --no-lock";

/** Asks deno for the packages, which it takes from its cache or from JSR. Never for main.ts: a syntax error is no answer. */
async function fetchPackages(): Promise<boolean> {
  const packages = Object.values(config.imports).filter((target) => target.startsWith("jsr:"));
  const child = new Deno.Command("deno", {
    args: ["cache", "-q", "--no-config", "--no-lock", ...packages],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  using _limit = killAfter(child, TIME_LIMIT_MS);
  return (await child.status).success;
}

/** Why the stand-ins are needed; undefined where they are not. */
async function reasonForStandIns(choice: string | undefined): Promise<string | undefined> {
  if (choice === "jsr") return undefined;
  if (choice === "offline") return "SOUNDER_STD=offline";
  try {
    return await fetchPackages() ? undefined : "JSR cannot be reached";
  } catch (error) {
    // Deno called by its full path: `--allow-run=deno` is about the one on PATH.
    if (error instanceof Deno.errors.NotFound) return "deno is not on PATH, so JSR cannot be asked";
    throw error;
  }
}

if (import.meta.main) {
  const choice = Deno.env.get("SOUNDER_STD") || undefined;
  if (choice !== undefined && choice !== "jsr" && choice !== "offline") {
    console.error(`cannot choose where @std comes from: SOUNDER_STD=${choice}; use jsr or offline, or leave it unset`);
    Deno.exit(2);
  }
  const reason = await reasonForStandIns(choice);
  if (reason) {
    console.error(`${reason}: using the stand-ins in scripts/offline/ for @std`);
    console.log(STAND_IN_FLAGS);
  } else if (Deno.args.length > 0) {
    console.log(Deno.args.join(" "));
  }
}
