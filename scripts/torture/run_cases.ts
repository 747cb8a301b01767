import { waitAtMost } from "../../lib/core/delay.ts";
import { noUsage } from "../bench/process_usage.ts";
import { Ground } from "./ground.ts";
import type { Scale, TortureCase } from "./torture_case.ts";
import type { CaseResult } from "./torture_result.ts";
import type { TorturedProgram } from "./tortured_program.ts";

/** How cases are run. */
export interface RunCasesOptions {
  /** How large everything is. */
  readonly scale: Scale;
  /** What the random numbers come from. */
  readonly seed: number;
  /** What is tortured. */
  readonly program: TorturedProgram;
  /** Ends the run; the case under way has no result then. */
  readonly signal: AbortSignal;
  /** Says how far the run is. */
  progress(line: string): void;
}

/** Milliseconds that a case has to end in, once everything that it works with was taken from it. */
const END_LIMIT_MS = 5_000;

/** Runs cases one after the other; one that fails ends none of the others. */
export async function runCases(cases: readonly TortureCase[], options: RunCasesOptions): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  using stray = new StrayRejections();
  for (const [index, one] of cases.entries()) {
    if (options.signal.aborted) break;
    options.progress(`[${index + 1}/${cases.length}] ${one.name}: ${one.size[options.scale]}`);
    const result = await runCase(one, options, stray);
    if (!result) break;
    results.push(result);
    if (result.verdict !== "passed") options.progress(`  ${result.verdict}: ${result.seen}`);
  }
  return results;
}

/** Runs a case; undefined where the run was ended meanwhile. */
async function runCase(
  one: TortureCase,
  options: RunCasesOptions,
  stray: StrayRejections,
): Promise<CaseResult | undefined> {
  const { scale, signal } = options;
  const size = one.size[scale];
  const missing = noUsage() ?? await one.missing(scale);
  if (missing) return { name: one.name, size, ms: 0, verdict: "skipped", seen: missing };
  const since = performance.now();
  try {
    const seen = await runWithin(one, options, stray);
    return { name: one.name, size, ms: performance.now() - since, verdict: "passed", seen };
  } catch (error) {
    if (signal.aborted) return undefined;
    const seen = error instanceof Error ? error.message : String(error);
    return { name: one.name, size, ms: performance.now() - since, verdict: "failed", seen };
  }
}

/** Runs a case to its end or its time limit, and leaves nothing of it behind. */
async function runWithin(
  one: TortureCase,
  { signal, scale, ...rest }: RunCasesOptions,
  stray: StrayRejections,
): Promise<string> {
  const limitMs = one.limitMs[scale];
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new Error(`not over within ${limitMs / 1000} s`)), limitMs);
  stray.tell = (error) => over.abort(error);
  const either = AbortSignal.any([signal, over.signal]);
  const ground = new Ground({ ...rest, name: one.name, scale, signal: either });
  const aborted = Promise.withResolvers<never>();
  either.addEventListener("abort", () => aborted.reject(either.reason), { once: true });
  aborted.promise.catch(() => {});
  const running = one.run(ground);
  try {
    const seen = await Promise.race([running, aborted.promise]);
    either.throwIfAborted();
    return seen;
  } catch (error) {
    throw new Error((error as Error).message + ground.lastWords(), { cause: error });
  } finally {
    clearTimeout(timer);
    over.abort(new Error("the case is over"));
    await ground[Symbol.asyncDispose]();
    // Without its servers and clients it comes to an end. What it says then is no news.
    await waitAtMost(END_LIMIT_MS, running.then(() => {}, () => {}));
  }
}

/** Catches rejections that nobody handles: they would end this program, and leave everything behind. */
class StrayRejections implements Disposable {
  /** Told of each: the case under way, or the one before where that still goes on. */
  tell: (error: Error) => void = () => {};

  constructor() {
    globalThis.addEventListener("unhandledrejection", this.#listener);
  }

  #listener = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.tell(new Error(`nobody handled: ${event.reason instanceof Error ? event.reason.message : event.reason}`));
  };

  [Symbol.dispose](): void {
    globalThis.removeEventListener("unhandledrejection", this.#listener);
  }
}
