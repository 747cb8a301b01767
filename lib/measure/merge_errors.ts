import type { BenchErrorCount } from "./bench_result.ts";

/** Adds the counts of each kind; the most frequent first. The example of a kind is its first one's. */
export function mergeErrors(errors: readonly BenchErrorCount[]): BenchErrorCount[] {
  const byKind = new Map<string, BenchErrorCount>();
  for (const error of errors) {
    const known = byKind.get(error.kind);
    byKind.set(error.kind, known ? { ...known, count: known.count + error.count } : error);
  }
  return [...byKind.values()].sort((a, b) => b.count - a.count);
}
