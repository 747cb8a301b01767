/**
 * Stands in for `@std/cli` where JSR cannot be reached: `parseArgs` with the options this project uses.
 *
 * Never published. It keeps the original's quirks (see `tests/scripts/std_cli_contract_test.ts`, which both must pass); left out
 * are `negatable`, `stopEarly`, `unknown` and dotted names that nest.
 *
 * @module
 */

/** What {@linkcode parseArgs} can be told. */
export interface ParseOptions {
  /** Keep what follows `--` apart, under the key `"--"`, instead of appending it to `_`. Default false. */
  "--"?: boolean;
  /** Other names of an option; a value reaches every one of them. */
  alias?: Record<string, string | readonly string[]>;
  /** Options that take no value; `true`: every `--name` without `=`. */
  boolean?: boolean | string | readonly string[];
  /** Options that may be repeated: their value is an array. */
  collect?: string | readonly string[];
  /** Values of options that are absent. */
  default?: Record<string, unknown>;
  /** Options whose value never becomes a number; `_` stands for the positionals. */
  string?: string | readonly string[];
}

/** What {@linkcode parseArgs} found. */
export interface Args {
  /** What belongs to no option. */
  _: (string | number)[];
  /** What follows `--`, where that was asked for; else absent. */
  "--": string[];
  /** The options by name. */
  [name: string]: unknown;
}

/** Whether a text that no option claims as a string is read as a number. */
function isNumeric(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

function isBooleanWord(text: string): boolean {
  return text === "true" || text === "false";
}

class Parser {
  readonly found: Args = { _: [] } as unknown as Args;
  #aliases = new Map<string, string[]>();
  #booleans: Set<string>;
  #strings: Set<string>;
  #collected: Set<string>;
  #allBoolean: boolean;

  constructor(options: ParseOptions) {
    for (const [name, others] of Object.entries(options.alias ?? {})) {
      const group = [name, ...[others].flat()];
      for (const one of group) this.#aliases.set(one, group.filter((other) => other !== one));
    }
    this.#allBoolean = options.boolean === true;
    this.#booleans = this.#named(typeof options.boolean === "boolean" ? [] : options.boolean);
    this.#strings = this.#named(options.string);
    this.#collected = this.#named(options.collect);
  }

  #named(names: string | readonly string[] = []): Set<string> {
    const given = [names].flat().filter((name) => name !== "");
    return new Set(given.flatMap((name) => [name, ...this.#aliases.get(name) ?? []]));
  }

  #put(name: string, value: unknown): void {
    // An own `__proto__` would be the only key that changes the object instead of filling it.
    if (name !== "__proto__" && (name !== "constructor" || Object.hasOwn(this.found, name))) this.found[name] = value;
  }

  #set(name: string, value: string | boolean): void {
    const typed = typeof value === "string" && !this.#strings.has(name) && isNumeric(value) ? Number(value) : value;
    const collect = this.#collected.has(name);
    for (const one of [name, ...this.#aliases.get(name) ?? []]) {
      const before = this.found[one];
      if (collect && Array.isArray(before)) before.push(typed);
      else this.#put(one, collect ? (before ? [before, typed] : [typed]) : typed);
    }
  }

  #bare(name: string): string | true {
    return this.#strings.has(name) ? "" : true;
  }

  /** An option without `=`: takes `next` where it looks like its value. Returns how many arguments it took from there. */
  #setFrom(name: string, next: string | undefined, valueLike: boolean): number {
    if (next && valueLike && !this.#booleans.has(name)) {
      this.#set(name, next);
      return 1;
    }
    if (next && isBooleanWord(next)) {
      this.#set(name, next === "true");
      return 1;
    }
    this.#set(name, this.#bare(name));
    return 0;
  }

  #long(body: string, next: string | undefined): number {
    const equals = body.indexOf("=", 1);
    if (equals < 0) return this.#setFrom(body, next, !this.#allBoolean && !next?.startsWith("-"));
    const negated = body.startsWith("no-") && equals > 3;
    const name = body.slice(negated ? 3 : 0, equals); // a quirk of the original: `--no-x=1` sets x
    const value = body.slice(equals + 1);
    this.#set(name, this.#booleans.has(name) ? value !== "false" : value);
    return 0;
  }

  /** `-abc`, `-c5`, `-c=5`, `-c/path`: letters up to the first that what follows must be the value of. */
  #short(letters: string, next: string | undefined): number {
    for (let at = 0; at < letters.length - 1; at++) {
      const name = letters[at], rest = letters.slice(at + 1);
      const isLetter = /[A-Za-z]/.test(name);
      if (rest === "-") this.#set(name, rest);
      else if (rest === "=") return this.#stop(name, "");
      else if (isLetter && /=./.test(rest)) return this.#stop(name, rest.slice(rest.indexOf("=") + 1));
      else if (isLetter && /\d(\.\d*)?(e-?\d+)?$/.test(rest)) return this.#stop(name, rest);
      else if (rest.length > 1 && /\W/.test(rest[0])) return this.#stop(name, rest);
      else this.#set(name, this.#bare(name));
    }
    const last = letters.at(-1)!;
    return last === "-" ? 0 : this.#setFrom(last, next, !/^--?[^-]/.test(next ?? ""));
  }

  #stop(name: string, value: string): number {
    this.#set(name, value);
    return 0;
  }

  /** Reads one argument; returns how many of those behind it were its value. */
  read(arg: string, next: string | undefined): number {
    if (arg.startsWith("--")) return this.#long(arg.slice(2), next);
    if (arg.startsWith("-") && arg !== "-") return this.#short(arg.slice(1), next);
    this.found._.push(this.#strings.has("_") || !isNumeric(arg) ? arg : Number(arg));
    return 0;
  }

  fill(defaults: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(defaults)) {
      if (Object.hasOwn(this.found, name)) continue;
      for (const one of [name, ...this.#aliases.get(name) ?? []]) this.#put(one, value);
    }
    for (const name of this.#booleans) {
      if (!Object.hasOwn(this.found, name)) this.#put(name, this.#collected.has(name) ? [] : false);
    }
    for (const name of this.#strings) {
      if (!Object.hasOwn(this.found, name) && this.#collected.has(name)) this.#put(name, []);
    }
  }
}

/** Reads a command line: `--name=value`, `--name value`, `-n5`, `-abc`, and after `--` positionals only. */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const parser = new Parser(options);
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);
  for (let at = 0; at < before.length; at++) at += parser.read(before[at], before[at + 1]);
  parser.fill(options.default ?? {});
  if (options["--"]) parser.found["--"] = after;
  else parser.found._.push(...after);
  return parser.found;
}
