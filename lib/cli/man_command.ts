import { checkOperands } from "./check_operands.ts";
import type { CommandContext } from "./command_context.ts";
import { EXIT } from "./describe_error.ts";
import { manPage } from "./man_page.ts";

/** `sounder man`: the manual page, as man(1) reads it. */
export async function manCommand({ options, operands, print, printJson }: CommandContext): Promise<number> {
  checkOperands("man", operands);
  const page = manPage();
  if (options.json) await printJson({ command: "man", page });
  else await print(page);
  return EXIT.ok;
}
