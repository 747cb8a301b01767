import { parseArgs } from "node:util";
import { closest } from "../lib/cli/closest.ts";

/** The flags of a script, as `parseArgs()` of node:util has them. */
export type Flags = Readonly<
  Record<
    string,
    { readonly type: "string" | "boolean"; readonly multiple?: boolean; readonly default?: string | boolean | string[] }
  >
>;

/** The values of the flags: `undefined` where a flag without a default is not given. */
export type FlagValues<F extends Flags> = {
  [Name in keyof F]:
    | (F[Name] extends { multiple: true } ? string[] : F[Name] extends { type: "boolean" } ? boolean : string)
    | (F[Name] extends { default: unknown } ? never : undefined);
};

/**
 * Reads the flags of a script.
 *
 * @throws {SyntaxError} naming the option, the value and what would do, in one line.
 */
export function flagValues<const F extends Flags>(args: string[], flags: F): FlagValues<F> {
  const options = flags as Parameters<typeof parseArgs>[0] extends { options?: infer O } ? O : never;
  const { values, tokens } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens ?? []) {
    if (token.kind === "positional") throw new SyntaxError(`unexpected argument "${token.value}": see --help`);
    if (token.kind !== "option") continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (!flag) {
      const meant = closest(token.name, Object.keys(flags));
      throw new SyntaxError(`unknown option ${token.rawName}: ${meant ? `did you mean --${meant}?` : "see --help"}`);
    }
    if (flag.type === "string" && !token.value) throw new SyntaxError(`${token.rawName}: a value is missing`);
    if (flag.type === "boolean" && token.value !== undefined) {
      throw new SyntaxError(`${token.rawName}: takes no value, not "${token.value}"`);
    }
  }
  // Not by `strict`, whose texts take three lines; the loop has checked the same.
  return values as FlagValues<F>;
}
