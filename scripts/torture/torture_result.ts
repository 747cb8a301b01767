import type { Counts } from "../ok.ts";
import type { Scale } from "./torture_case.ts";

/** What became of a case. */
export interface CaseResult {
  /** Its name. */
  readonly name: string;
  /** How much of it there was. */
  readonly size: string;
  /** Milliseconds it took. */
  readonly ms: number;
  /** How it came out. */
  readonly verdict: "passed" | "failed" | "skipped";
  /** What was seen; of one that failed what was not borne, of one that was skipped what it lacks. */
  readonly seen: string;
}

/** What became of a run: plain data, `--json` writes it. */
export interface TortureResult {
  /** The version of this format. */
  readonly schema: 1;
  /** How large everything was. */
  readonly scale: Scale;
  /** What the random numbers came from. */
  readonly seed: number;
  /** The program. */
  readonly program: string;
  /** The cases that ran, in order. */
  readonly cases: readonly CaseResult[];
}

/** How many came out which way. */
export function countVerdicts(cases: readonly CaseResult[]): Counts {
  const count = (verdict: CaseResult["verdict"]) => cases.filter((one) => one.verdict === verdict).length;
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
}
