/** How often something of one kind came. */
export interface KindCount<K extends string> {
  /** The kind. */
  readonly kind: K;
  /** How often. */
  readonly count: number;
  /** The first of them, in words. */
  readonly example: string;
}

/** Counts by kind, with the first of each kind as an example. */
export class KindCounts<K extends string> {
  readonly #counts = new Map<K, { count: number; example: string }>();

  /** Counts one, or so many. */
  add(kind: K, example: string, count = 1): void {
    const known = this.#counts.get(kind);
    if (known) known.count += count;
    else this.#counts.set(kind, { count, example });
  }

  /** The counts, the most frequent kind first; of equal ones that which came first. */
  list(): KindCount<K>[] {
    return Array.from(this.#counts, ([kind, counted]) => ({ kind, ...counted })).sort((a, b) => b.count - a.count);
  }
}
