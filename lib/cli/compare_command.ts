import { compareResults } from "../measure/compare_results.ts";
import { gateText, judgeGates } from "../measure/gate.ts";
import { compareText } from "../report/compare_text.ts";
import { checkOperands } from "./check_operands.ts";
import type { CommandContext } from "./command_context.ts";
import { EXIT } from "./describe_error.ts";
import { readGates } from "./read_gates.ts";
import { readResults } from "./result_files.ts";
import { textStyle } from "./text_style.ts";
import { UsageError } from "./usage_error.ts";

/** `sounder compare`: what changed from one bench, or several, to others. */
export async function compareCommand(context: CommandContext): Promise<number> {
  const { options, operands, print, printJson, say } = context;
  checkOperands("compare", operands);
  const gates = readGates(options["fail-if"], "compare");
  const [before, ...after] = operands.map(pathsOf);
  const compared = compareResults(await readResults(before), await readResults(after.flat()));
  const comparison = { ...compared, gates: await judgeGates(gates, compared) };
  if (options.json) await printJson({ ...comparison });
  else await print(compareText(comparison, textStyle(context)));
  const hit = comparison.gates.filter((gate) => gate.hit);
  for (const gate of hit) say(`sounder: ${gateText(gate)}`);
  return hit.length > 0 ? EXIT.failed : EXIT.ok;
}

/** The files of one operand, between commas. */
function pathsOf(operand: string): string[] {
  const paths = operand.split(",");
  if (paths.includes("")) throw new UsageError(`bad list of files "${operand}": one name is empty, use A.json,B.json`);
  return paths;
}
