/**
 * The candidate that a mistyped word most likely means: the one with the fewest insertions, deletions, replacements and
 * swaps of neighbours between them (Damerau and Levenshtein, in the restricted form), if these are at most a third of
 * its letters; `undefined` if none is near.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const most = Math.max(1, Math.floor(candidate.length / 3));
    // Each letter too many is an edit: a word of 100 KB need not be compared with all options.
    if (Math.abs(word.length - candidate.length) > most) continue;
    const edits = editDistance(word, candidate);
    if (edits <= most && edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  // rows[i][j]: edits from the first i letters of a to the first j of b.
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, rows[i - 1][j] + 1, row[j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
