import { Random } from "../../lib/core/random.ts";

/** Numbers that are the same in each run with the same seed. */
export interface SeededRandom {
  /** From 0, below 1. */
  next(): number;
  /** A whole number, both bounds included. */
  whole(least: number, most: number): number;
  /**
   * A whole number, both bounds (at least 1) included, each power of two as likely as any other: of sizes from 1 byte
   * to 64 KiB as many are below 256 bytes as above.
   */
  size(least: number, most: number): number;
}

/**
 * Makes a generator. Each list of labels is a sequence of its own: what runs at the same time takes none of the others'
 * numbers, and a case that runs alone has those that it has among the others.
 */
export function seededRandom(seed: number, ...labels: readonly (string | number)[]): SeededRandom {
  const random = new Random(seed, ...labels.flatMap(keysOf));
  return {
    next: () => random.unit(),
    whole: (least, most) => least + random.below(most - least + 1),
    size: (least, most) => Math.min(most, Math.floor(least * ((most + 1) / least) ** random.unit())),
  };
}

/** A label as keys: a text by its length and letters, so that no two lists of labels have the same. */
function keysOf(label: string | number): number[] {
  return typeof label === "number" ? [label] : [label.length, ...Array.from(label, (letter) => letter.codePointAt(0)!)];
}
