import { quote } from "../core/quote.ts";
import { type CommandName, COMMANDS, type CommandSpec, type OperandSpec } from "./option_table.ts";
import { suggest } from "./suggest.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Checks the operands of a command against the table: their number, and each that is a word of a fixed set.
 *
 * @throws {UsageError} if one is missing, unknown, or too many.
 */
export function checkOperands(command: CommandName, operands: readonly string[]): void {
  const { operands: specs, usage }: CommandSpec = COMMANDS[command];
  for (const [i, spec] of specs.entries()) {
    const words = operandWords(spec);
    const given = spec.repeated ? operands.slice(i) : operands.slice(i, i + 1);
    if (given.length === 0 && !spec.optional) {
      throw new UsageError(
        `${command} needs ${/^[AEIOU]/i.test(spec.name) ? "an" : "a"} ${spec.name}: ${
          words ? `use ${words.join(", ")}` : usage
        }`,
      );
    }
    const unknown = words && given.find((word) => !words.includes(word));
    if (words && unknown !== undefined) {
      throw new UsageError(
        `unknown ${spec.name} ${quote(unknown)}: ${suggest(unknown, words, `use ${words.join(", ")}`)}`,
      );
    }
  }
  const extra = specs.at(-1)?.repeated ? undefined : operands[specs.length];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${quote(extra)}: use ${usage}`);
}

/** The words that an operand may be; `undefined` where it may be anything. */
function operandWords({ kind, choices }: OperandSpec): readonly string[] | undefined {
  return kind === "command" ? Object.keys(COMMANDS) : choices;
}
