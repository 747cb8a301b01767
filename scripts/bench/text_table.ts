/** A table under a title. */
export interface TitledTable {
  /** What it shows. */
  readonly title: string;
  /** Names of the columns. */
  readonly head: readonly string[];
  /** The rows. */
  readonly rows: readonly (readonly string[])[];
  /** What must be known to read it; empty if nothing. */
  readonly note: string;
}

/** The lines of a table, its columns as wide as their widest cell: the first to the left, the others to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])).join("  ")
      .trimEnd()
  );
}

/** A table under its title, with its note. */
export function titledLines({ title, head, rows, note }: TitledTable): string[] {
  return [title, ...textTable(head, rows), ...(note === "" ? [] : [note])];
}
