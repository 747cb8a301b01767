/**
 * The commands in the shell blocks of a Markdown text: those of ```` ```sh ````, and those after `$ ` in ```` ```console ````.
 *
 * @module
 */
import { type CodeBlock, codeBlocks } from "./code_blocks.ts";

/** A command as a reader would type it, and what the text says about it. */
export interface ShellCommand {
  /** Number of its first line in the text, from 1. */
  line: number;
  /** What is typed: one line or several. */
  text: string;
  /** The code it must exit with: what a comment such as `# exit 1` says, else 0. */
  exitCode: number;
  /** The output the text shows; undefined in a block that shows none. */
  shown?: string[];
  /** Whether lines may be missing between those shown. */
  excerpt: boolean;
  /** Beginning of `uname -sr` where the output is as shown; undefined: everywhere. */
  shownOn?: string;
  /** Why it cannot be run. */
  notRun?: string;
}

/** Whether the lines so far are a whole command; only a shell knows. */
export type IsWhole = (text: string) => boolean;

/** {@linkcode IsWhole} by bash, which reads the text and runs nothing. */
export function isWholeForBash(text: string): boolean {
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text)) return false;
  const { success, stderr } = new Deno.Command("bash", { args: ["-n", "-c", text], stdin: "null" }).outputSync();
  // An open here-document is a warning to bash, and no error.
  return success && stderr.length === 0;
}

const LANGUAGES: Record<string, "script" | "console" | "not bash"> = {
  sh: "script",
  bash: "script",
  shell: "script",
  console: "console",
  "shell-session": "console",
  powershell: "not bash",
  pwsh: "not bash",
};

/** What a fence may say, and whether with a value. */
const MARKS: Record<string, "flag" | "value"> = { "not-run": "value", "shown-on": "value", excerpt: "flag" };

/** A command and the lines after it. */
interface Typed {
  line: number;
  text: string;
  shown?: string[];
}

function isComment(text: string): boolean {
  return /^\s*(?:#|$)/.test(text);
}

/** Lines that belong together are those which bash does not take apart; a syntax error takes the rest of the block along. */
function scriptCommands({ lines, firstLine }: CodeBlock, isWhole: IsWhole): Typed[] {
  const commands: Typed[] = [];
  for (let first = 0; first < lines.length; first++) {
    if (isComment(lines[first])) continue;
    let last = first;
    while (last < lines.length - 1 && !isWhole(lines.slice(first, last + 1).join("\n"))) last++;
    commands.push({ line: firstLine + first, text: lines.slice(first, last + 1).join("\n").trimEnd() });
    first = last;
  }
  return commands;
}

function consoleCommands({ lines, firstLine }: CodeBlock): Typed[] {
  const commands: Typed[] = [];
  let continued = false;
  for (const [index, line] of lines.entries()) {
    const command = commands.at(-1);
    if (continued && command) command.text += `\n${line}`;
    else if (line.startsWith("$ ")) commands.push({ line: firstLine + index, text: line.slice(2), shown: [] });
    else if (command) command.shown?.push(line);
    else if (line.trim() !== "") {
      throw new SyntaxError(`line ${firstLine + index}: output before the first command: ${line}`);
    }
    continued = commands.length > 0 && line.endsWith("\\") && (continued || line.startsWith("$ "));
  }
  return commands;
}

function checkMarks(block: CodeBlock): void {
  for (const [name, value] of Object.entries(block.marks)) {
    const kind = Object.hasOwn(MARKS, name) ? MARKS[name] : undefined;
    if (kind === (value === true ? "flag" : "value") && value !== "") continue;
    const known = Object.entries(MARKS).map(([one, kind]) => one + (kind === "value" ? '="…"' : "")).join(", ");
    throw new SyntaxError(`the fence before line ${block.firstLine} says ${name}: use ${known}`);
  }
}

/**
 * The commands of the shell blocks of a Markdown text, in order.
 *
 * @throws {SyntaxError} A fence that says what is not known, or output without a command.
 */
export function shellCommands(markdown: string, isWhole: IsWhole = isWholeForBash): ShellCommand[] {
  return codeBlocks(markdown).filter(({ language }) => Object.hasOwn(LANGUAGES, language)).flatMap((block) => {
    checkMarks(block);
    const kind = LANGUAGES[block.language];
    const { marks } = block;
    const typed = kind === "console"
      ? consoleCommands(block)
      : scriptCommands(block, kind === "script" ? isWhole : () => true);
    return typed.map(({ line, text, shown }): ShellCommand => ({
      line,
      text,
      exitCode: Number(/\s#.*\bexits?\s+(\d+)\b/.exec(text)?.[1] ?? 0),
      shown,
      excerpt: marks.excerpt === true,
      shownOn: marks["shown-on"] as string | undefined,
      notRun: kind === "not bash" ? `is for ${block.language}` : marks["not-run"] as string | undefined,
    }));
  });
}
