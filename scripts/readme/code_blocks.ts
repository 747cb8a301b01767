/**
 * The fenced code blocks of a Markdown text. What follows the language on a fence is for `scripts/readme.ts`; GitHub and
 * deno leave it alone:
 *
 * - `not-run="reason"`: cannot be run here by itself;
 * - `excerpt`: lines of the output are left out between, before and after those shown;
 * - `shown-on="Linux 6.18"`: the output is of such a system (the beginning of `uname -sr`) and compared there only.
 *
 * @module
 */

/** A fenced code block. */
export interface CodeBlock {
  /** First word of the fence; empty where there is none. */
  language: string;
  /** What else the fence says; `true` for a mark without a value. */
  marks: Record<string, string | true>;
  /** Number of the first line of `lines` in the text, from 1. */
  firstLine: number;
  /** What is between the fences, less their indentation. */
  lines: string[];
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)\s*([^`]*)$/;

function marksOf(info: string, line: number): CodeBlock["marks"] {
  const marks: CodeBlock["marks"] = {};
  const rest = info.replaceAll(/([\w-]+)(?:="([^"]*)")?(?=\s|$)/g, (_, name: string, value?: string) => {
    marks[name] = value ?? true;
    return "";
  });
  if (rest.trim() !== "") {
    throw new SyntaxError(`cannot read the fence in line ${line}: ${info}: write mark or mark="…"`);
  }
  return marks;
}

/**
 * Reads the fenced code blocks of a Markdown text, in order.
 *
 * @throws {SyntaxError} A fence without an end, or one whose marks cannot be read.
 */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { block: CodeBlock; fence: string; indent: string } | undefined;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    if (open) {
      const { block, fence, indent } = open;
      const line = text.startsWith(indent) ? text.slice(indent.length) : text.trimStart();
      const end = line.trim();
      if (end.length >= fence.length && end === fence[0].repeat(end.length)) open = undefined;
      else block.lines.push(line);
      continue;
    }
    const match = FENCE.exec(text);
    if (!match) continue;
    const [, indent, fence, language, info] = match;
    const block = { language, marks: marksOf(info, index + 1), firstLine: index + 2, lines: [] };
    blocks.push(block);
    open = { block, fence, indent };
  }
  if (open) throw new SyntaxError(`the code block that begins in line ${open.block.firstLine} has no end`);
  return blocks;
}
