/**
 * Text in roff, the language of manual pages, so that it comes out as it went in: no request, no escape, and plain ASCII
 * where a page would have typographic quotes and hyphens, since what it shows is to be copied.
 */
export function roff(text: string): string {
  const escaped = text.replaceAll(/[\\\-'`^~"]/g, (character) => SPECIAL[character]);
  return escaped.replaceAll(/^\./gm, "\\&.");
}

/** A dot and an apostrophe begin a request where they begin a line; the apostrophe never stays one. */
const SPECIAL: Record<string, string> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
};

/** In bold: what is typed as it stands. */
export function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

/** In italics: what stands for something else. */
export function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}
