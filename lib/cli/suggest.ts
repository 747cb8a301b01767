import { closest } from "./closest.ts";

/**
 * The remedy for a word that is none of those that there are: the one that was probably meant, else `otherwise`.
 *
 * @param dashes What stands before the word where it is an option.
 */
export function suggest(word: string, words: readonly string[], otherwise: string, dashes = ""): string {
  const near = closest(word, words);
  return near === undefined ? otherwise : `did you mean ${dashes}${near}?`;
}
