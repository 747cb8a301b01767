import { flagValues } from "../flag_values.ts";
import { closest } from "../../lib/cli/closest.ts";

/** What the command line asks for. */
export interface TortureOptions {
  /** Whether everything is small. */
  readonly quick: boolean;
  /** What the random numbers come from. */
  readonly seed: number;
  /** The cases, by name, in the order of the list. */
  readonly only: readonly string[];
  /** The program under torture: a `main.ts`, or a binary; undefined for that of this tree. */
  readonly program: string | undefined;
  /** The file that gets the result. */
  readonly json: string | undefined;
  /** Whether the cases are to be listed. */
  readonly list: boolean;
  /** Whether help is asked for. */
  readonly help: boolean;
}

/** As good as any other. */
const DEFAULT_SEED = 862;

const FLAGS = {
  quick: { type: "boolean", default: false },
  seed: { type: "string", default: String(DEFAULT_SEED) },
  only: { type: "string" },
  program: { type: "string" },
  json: { type: "string" },
  list: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const LARGEST_SEED = 2 ** 32 - 1;

/** What `--help` prints. */
export const HELP = `What Sounder bears: deno task torture [options]

Does to a server, and to its clients, what networks and peers do at their worst, and says of each case whether it was borne.
The server is main.ts of this tree in a process of its own. All of it takes about six minutes, on Linux only. A case that
needs root or a tool which is not there is skipped, with the reason.

--quick         every case at a reduced size: within a minute
--seed N        what the random numbers come from, 0 to ${LARGEST_SEED} (default ${DEFAULT_SEED})
--only LIST     these cases
--list          print the cases and their sizes
--program PATH  torture another: the main.ts of another tree, or a binary (default SOUNDER_BINARY, or this tree's)
--json FILE     write the result there too
--help          print this

Exit 0; 1 if a case failed; 2 if an option is wrong; 130 or 143 after a signal, with the cases that were over until then.`;

/**
 * Reads the arguments.
 *
 * @param names The cases there are.
 * @throws {SyntaxError} naming the option, the value and what would do.
 */
export function readOptions(args: string[], names: readonly string[]): TortureOptions {
  const values = flagValues(args, FLAGS);
  return {
    quick: values.quick,
    seed: seedOf(values.seed),
    only: values.only === undefined ? names : chosen(values.only, names),
    program: values.program,
    json: values.json,
    list: values.list,
    help: values.help,
  };
}

function seedOf(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value <= LARGEST_SEED) return value;
  throw new SyntaxError(`--seed: bad seed "${text}": use a whole number from 0 to ${LARGEST_SEED}`);
}

function chosen(text: string, names: readonly string[]): string[] {
  const asked = text.split(",");
  for (const one of asked) {
    if (names.includes(one)) continue;
    const meant = closest(one, [...names]);
    const remedy = meant ? `did you mean ${meant}?` : `use ${names.join(", ")}`;
    throw new SyntaxError(`--only: unknown case "${one}": ${remedy}`);
  }
  return names.filter((name) => asked.includes(name));
}
