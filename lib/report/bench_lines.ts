/** How a piece of a line looks where colours are wanted. */
export type Style = "heading" | "good" | "warning" | "bad" | "dim";

/** A line: pieces of plain text, some of them with a style. */
export type Line = readonly (string | readonly [Style, string])[];

const CODES: Record<Style, string> = { heading: "1", good: "32", warning: "33", bad: "31", dim: "2" };

/** How lines become text. */
export interface LinesOptions {
  /** Whether styles become colours. */
  readonly color: boolean;
  /** Columns that no line exceeds: what does not fit is cut, and `…` says so. */
  readonly width: number;
}

/** Lines as text for a terminal, without a line end after the last. */
export function linesText(lines: readonly Line[], options: LinesOptions): string {
  return lines.map((line) => lineText(line, options)).join("\n");
}

function lineText(line: Line, { color, width }: LinesOptions): string {
  const pieces = line.map((piece): readonly [Style | undefined, string] =>
    typeof piece === "string" ? [undefined, piece] : piece
  );
  const total = pieces.reduce((sum, [, text]) => sum + columns(text), 0);
  let left = total > width ? width - 1 : width;
  let out = "";
  for (const [style, text] of pieces) {
    const shown = Array.from(text).slice(0, left).join("");
    left -= columns(shown);
    out += color && style !== undefined && shown !== "" ? `\x1b[${CODES[style]}m${shown}\x1b[0m` : shown;
  }
  return total > width ? `${out}…` : color ? out : out.trimEnd();
}

/** Columns that a text takes: everything printed here is one column wide. */
function columns(text: string): number {
  return Array.from(text).length;
}

/**
 * Rows of cells with two spaces between columns: those named to the left, the others to the right. A column that is empty in
 * all rows takes no room.
 */
export function alignRows(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => widths[at] = Math.max(widths[at] ?? 0, columns(cell)));
  return rows.map((row) =>
    row.map((cell, at) => {
      const space = " ".repeat(widths[at] - columns(cell));
      return left.includes(at) ? cell + space : space + cell;
    }).filter((_, at) => widths[at] > 0).join("  ").trimEnd()
  );
}

/** Breaks a text at its spaces into lines of at most so many columns; a longer word is broken where the line ends. */
export function wrapWords(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== "" && columns(last) + 1 + columns(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
      continue;
    }
    const letters = Array.from(word);
    const parts: string[] = [];
    for (let at = 0; at < letters.length; at += width) parts.push(letters.slice(at, at + width).join(""));
    lines.splice(lines.length - (last === "" ? 1 : 0), last === "" ? 1 : 0, ...parts);
  }
  return lines;
}

/**
 * A text from elsewhere (an error's message, a name) as one line that does nothing to a terminal: control characters, and
 * those that turn the direction of writing, become `\u{…}`.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (found) => found === "\n" ? " " : `\\u{${found.codePointAt(0)!.toString(16)}}`,
  );
}
