import { bashCompletion } from "./bash_completion.ts";
import { checkOperands } from "./check_operands.ts";
import type { CommandContext } from "./command_context.ts";
import { type CompletionModel, completionModel } from "./completion_model.ts";
import { EXIT } from "./describe_error.ts";
import { fishCompletion } from "./fish_completion.ts";
import type { Shell } from "./option_table.ts";
import { zshCompletion } from "./zsh_completion.ts";

/** What makes the script of each shell. */
const SCRIPTS: Record<Shell, (model: CompletionModel) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `sounder completions SHELL`: the script that completes sounder's command line in a shell. */
export async function completionsCommand({ options, operands, print, printJson }: CommandContext): Promise<number> {
  checkOperands("completions", operands);
  const shell = operands[0] as Shell;
  const script = SCRIPTS[shell](completionModel());
  if (options.json) await printJson({ command: "completions", shell, script });
  else await print(script);
  return EXIT.ok;
}
