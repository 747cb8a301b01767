/** A word for bash and zsh, in single quotes where it needs them: the shell changes nothing in it. */
export function shellQuote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The same for fish, where a backslash means something in single quotes too. */
export function fishQuote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll(/[\\']/g, "\\$&")}'`;
}

/** What means nothing to any of the shells; not a colon or a tilde, which zsh sees. */
const PLAIN = /^[\w./-]+$/;
