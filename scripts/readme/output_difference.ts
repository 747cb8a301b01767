/**
 * Whether what came is what was shown, but for what changes from run to run.
 *
 * @module
 */

/** What a command printed. */
export interface Output {
  /** All of stdout. */
  stdout: string;
  /** All of stderr. */
  stderr: string;
}

const CHANGES = new RegExp(
  [
    String.raw`(?<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?)`,
    String.raw`(?<hash>\b(?=[a-f]*\d)[0-9a-f]{16,}\b)`,
    String.raw`(?<address>(?<![\w.])\d+\.\d+\.\d+\.\d+(?![\w.]))`,
    String.raw`(?<duration>(?<![\w.])\d+(?:\.\d+)?\s?(?:ns|µs|ms|s)\b)`,
    String.raw`(?<number>(?<![\w.])\d+(?:[.,]\d+)*)`,
  ].join("|"),
  "gu",
);

// deno-lint-ignore no-control-regex -- colours, where something forces them
const COLOURS = /\x1b\[[\d;]*m/g;

/**
 * A line without what changes: dates, hashes, durations and numbers give way to their kind, spaces to one. IPv4 addresses
 * and digits in a word (`data1`, `IPv6`) stay.
 */
export function shapeOf(line: string): string {
  const masked = line.replace(COLOURS, "").replace(CHANGES, (text, ...rest) => {
    const groups: Record<string, string | undefined> = rest.at(-1);
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    return kind === "address" ? text : `<${kind}>`;
  });
  return masked.replaceAll(/\s+/g, " ").trimEnd();
}

/** Whether a line has the shape of one that was shown, in which `…` stands for anything. */
export function sameShape(shown: string, line: string): boolean {
  const parts = shapeOf(shown).split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "u").test(shapeOf(line));
}

/** JSON that was broken into lines to fit is one line again. */
function joinJson(lines: string[]): string[] {
  const joined: string[] = [];
  let depth = 0;
  for (const line of lines) {
    if (depth > 0) joined.push(joined.pop() + line);
    else joined.push(line);
    if (depth > 0 || line.startsWith("{")) {
      depth += line.replaceAll(/[^{[]/g, "").length - line.replaceAll(/[^}\]]/g, "").length;
    }
  }
  return joined;
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines;
}

/**
 * What is different between the output shown and the one that came; undefined where nothing is. Stdout must be shown whole
 * and in order; of stderr (logs, notes of the tools in between) what is shown must have come in this order, and more may
 * have. A line `…` stands for any lines of stdout, and so does every gap in an excerpt.
 */
export function outputDifference(shown: string[], output: Output, excerpt = false): string | undefined {
  const stdout = linesOf(output.stdout), stderr = linesOf(output.stderr);
  let out = 0, err = 0, gap = excerpt;
  for (const line of joinJson(linesOf(shown.join("\n")))) {
    if (line.trim() === "…") {
      gap = true;
      continue;
    }
    const inOut = stdout.findIndex((came, index) => index >= out && (gap || index === out) && sameShape(line, came));
    if (inOut >= 0) {
      out = inOut + 1;
      gap = excerpt;
      continue;
    }
    const inErr = stderr.findIndex((came, index) => index >= err && sameShape(line, came));
    if (inErr < 0) return `shown, and did not come here: ${line}`;
    err = inErr + 1;
  }
  return gap || out === stdout.length ? undefined : `came, and is not shown here: ${stdout[out]}`;
}
