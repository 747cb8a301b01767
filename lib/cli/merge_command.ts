import { mergeResults } from "../measure/merge_results.ts";
import { benchText } from "../report/bench_text.ts";
import { checkOperands } from "./check_operands.ts";
import type { CommandContext } from "./command_context.ts";
import { EXIT } from "./describe_error.ts";
import { openReport, readResults } from "./result_files.ts";
import { textStyle } from "./text_style.ts";
import { UsageError } from "./usage_error.ts";

/** `sounder merge`: one result of those of several machines that loaded a service at the same time. */
export async function mergeCommand(context: CommandContext): Promise<number> {
  const { options, operands, print, printJson } = context;
  checkOperands("merge", operands);
  const results = await readResults(operands);
  const merged = await mergeResults(results).catch((cause) => {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  });
  await using report = options.report === undefined ? undefined : await openReport(options.report);
  await report?.write(merged);
  if (options.json) await printJson({ ...merged });
  else await print(await benchText(merged, { verbose: options.verbose, ...textStyle(context) }));
  return EXIT.ok;
}
