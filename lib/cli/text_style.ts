import type { CommandContext } from "./command_context.ts";

/** Narrower than this, tables are of no use. */
const NARROWEST = 60;
/** Wider than this, lines are hard to follow; and what a file gets. */
const WIDEST = 100;

/** How a result is printed on stdout: in colours and as wide as the terminal, where that is one. */
export function textStyle({ io, options }: CommandContext): { color: boolean; width: number } {
  const columns = io.stdoutIsTerminal ? io.columns ?? WIDEST : WIDEST;
  return {
    color: io.stdoutIsTerminal && !io.noColor && !options["no-color"],
    width: Math.min(Math.max(columns, NARROWEST), WIDEST),
  };
}
