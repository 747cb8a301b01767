/** Characters of a wrong value that an error quotes: more than any address has, and what was given may be a whole file. */
const QUOTED = 64;

/** What a terminal or a reader of lines does not take for text, and JSON only in part: controls, separators, directions. */
const UNSEEN = /[\p{Cs}\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A value in an error: in one line, with nothing in it that a terminal obeys, and not longer than one can read. */
export function quote(text: string): string {
  const shown = JSON.stringify(text.length > QUOTED ? text.slice(0, QUOTED) + "…" : text);
  return escapeUnseen(shown);
}

/** A text of somebody else's in a message of ours: in one line, with nothing in it that a terminal obeys. */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same without its quotation marks, where a message has none: the name of an option, a number. */
export function shorten(text: string): string {
  return quote(text).slice(1, -1);
}
