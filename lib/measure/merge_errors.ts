import type { BenchErrorCount, BenchErrorKind } from "./bench_result.ts";
import { KindCounts } from "./kind_counts.ts";

/** Adds the counts of each kind; the most frequent first. The example of a kind is its first one's. */
export function mergeErrors(errors: readonly BenchErrorCount[]): BenchErrorCount[] {
  const counts = new KindCounts<BenchErrorKind>();
  for (const { kind, example, count } of errors) counts.add(kind, example, count);
  return counts.list();
}
