import { checkOperands } from "./check_operands.ts";
import type { CommandContext } from "./command_context.ts";
import { EXIT } from "./describe_error.ts";
import { helpText } from "./help.ts";
import type { CommandName } from "./option_table.ts";

/** `sounder help [COMMAND]`, and `--help`: what there is, or what a command does and takes. */
export async function helpCommand({ options, operands, print, printJson }: CommandContext): Promise<number> {
  checkOperands("help", operands);
  const about = operands[0] as CommandName | undefined;
  const text = helpText(about);
  if (options.json) await printJson({ command: "help", about: about ?? null, text });
  else await print(text);
  return EXIT.ok;
}
