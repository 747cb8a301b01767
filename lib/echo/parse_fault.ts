import { formatDuration, parseDuration, parseSize } from "../core/units.ts";
import { quote } from "../core/quote.ts";
import type { Fault, FaultKind } from "./fault.ts";
import { FAULT_FORMS } from "./fault_forms.ts";
import { makeFault } from "./faults.ts";

/** What is read of a text, and by what name a fault has it. */
interface Field {
  readonly name: string;
  readonly read: (text: string) => unknown;
  readonly write: (value: never) => string;
}

const time = (name: string): Field => ({ name, read: parseDuration, write: formatDuration });
const size = (name: string): Field => ({ name, read: parseSize, write: formatSize });
const share = (name: string): Field => ({ name, read: parseShare, write: formatShare });

const DISTRIBUTION: Field = { name: "distribution", read: (text) => text, write: (value) => value };
const OFFSET = size("afterBytes");
const SHARE = share("share");

/** The values after `=`, by kind, and whether `@BYTES` may follow. */
const PARTS: Record<FaultKind, { readonly values: readonly Field[]; readonly needed?: number; readonly at?: boolean }> =
  {
    delay: { values: [time("ms"), time("jitterMs"), DISTRIBUTION], needed: 1 },
    bandwidth: { values: [size("bytesPerSecond")], needed: 1 },
    slice: { values: [size("bytes"), time("gapMs")], needed: 1 },
    stall: { values: [time("ms")], at: true },
    truncate: { values: [], at: true },
    "early-fin": { values: [], at: true },
    limit: { values: [], at: true },
    reset: { values: [], at: true },
    corrupt: { values: [share("rate")], at: true },
    refuse: { values: [] },
  };

/**
 * Reads a fault: `NAME[=VALUE[,VALUE]...][@BYTES][:SHARE]`.
 *
 * | form | what happens |
 * |---|---|
 * | `delay=TIME[,JITTER[,uniform\|normal\|pareto]]` | what is sent goes out later, in order |
 * | `bandwidth=SIZE` | no more than so many bytes per second go out |
 * | `slice=SIZE[,GAP]` | what is sent dribbles out in small segments |
 * | `stall[=TIME][@BYTES]` | nothing more is sent or read, for a time or for ever |
 * | `truncate[@BYTES]` | the rest of the echo is lost |
 * | `early-fin[@BYTES]` | FIN is sent although more is owed, and reading goes on |
 * | `limit[@BYTES]` | the connection is closed in order |
 * | `reset[@BYTES]` | RST is sent |
 * | `corrupt[=RATE][@BYTES]` | each byte from there on is changed with this probability; without a rate, that one byte |
 * | `refuse` | RST is sent as soon as a connection is accepted |
 *
 * @throws {SyntaxError} if the text is none.
 * @throws {RangeError} if a value is out of range.
 *
 * @example
 * ```ts
 * import { parseFault } from "@sounder/tcp";
 *
 * console.log(parseFault("reset@10k:20%")); // { kind: "reset", afterBytes: 10240, share: 0.2 }
 * ```
 */
export function parseFault(text: string): Fault {
  const [, name, given, at, shareText] = /^([a-z-]*)(?:=([^@:]*))?(?:@([^:]*))?(?::(.*))?$/s.exec(text) ?? [];
  if (name === undefined || !Object.hasOwn(PARTS, name)) {
    throw new SyntaxError(`bad fault ${quote(text)}: use ${Object.keys(PARTS).join(", ")}, such as reset@10k:20%`);
  }
  const kind = name as FaultKind;
  const { values, needed = 0, at: takesOffset = false } = PARTS[kind];
  const texts = given === undefined ? [] : given.split(",");
  if (texts.length < needed || texts.length > values.length || at !== undefined && !takesOffset) {
    const { syntax, example } = FAULT_FORMS[kind];
    throw new SyntaxError(`bad fault ${quote(text)}: use ${syntax}[:SHARE], such as ${example}`);
  }
  const told: [field: Field, text: string][] = texts.map((value, i) => [values[i], value]);
  if (at !== undefined) told.push([OFFSET, at]);
  if (shareText !== undefined) told.push([SHARE, shareText]);
  return named(text, () => {
    return makeFault({ kind, ...Object.fromEntries(told.map(([field, value]) => [field.name, field.read(value)])) });
  });
}

/**
 * A fault as the shortest text that {@linkcode parseFault} reads back; times to the nanosecond.
 *
 * @example
 * ```ts
 * import { delay, formatFault } from "@sounder/tcp";
 *
 * console.log(formatFault(delay({ ms: 50, jitterMs: 10 }))); // delay=50ms,10ms
 * ```
 */
export function formatFault(fault: Fault): string {
  const { values, needed = 0, at = false } = PARTS[fault.kind];
  const told = fault as unknown as Record<string, never>;
  // What stands where by default, as the text that needs no more than it must.
  const defaults = makeFault({ ...fault, ...unset(values.slice(needed)), ...unset([OFFSET, SHARE]) });
  const differs = ({ name }: Field) => told[name] !== (defaults as unknown as Record<string, never>)[name];
  const count = Math.max(needed, values.findLastIndex(differs) + 1);
  const texts = values.slice(0, count).map(({ name, write }) => write(told[name]));
  return fault.kind + (count > 0 ? `=${texts.join(",")}` : "") +
    (at && differs(OFFSET) ? `@${OFFSET.write(told[OFFSET.name])}` : "") +
    (differs(SHARE) ? `:${SHARE.write(told[SHARE.name])}` : "");
}

function unset(fields: readonly Field[]): Record<string, undefined> {
  return Object.fromEntries(fields.map(({ name }) => [name, undefined]));
}

/** Runs a reader; what it says against a part of the text is told with the whole. */
function named<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new SyntaxError(`bad fault ${quote(text)}: ${error.message}`, { cause: error });
    }
    if (error instanceof RangeError) {
      throw new RangeError(`bad fault ${quote(text)}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** `20%`, `0.2` or `1e-9`, as a number of which 1 is all. */
function parseShare(text: string): number {
  const [, digits, exponent = "0", percent] = /^(\d+(?:\.\d+)?|\.\d+)(?:e(-?\d+))?(%)?$/i.exec(text) ?? [];
  // The point is moved in the text: a division would be rounded once more.
  const value = digits === undefined ? NaN : Number(`${digits}e${Number(exponent) - (percent ? 2 : 0)}`);
  if (!Number.isFinite(value)) {
    throw new SyntaxError(`bad share ${quote(text)}: use percent or a part of 1, such as 20%, 0.2 or 1e-9`);
  }
  return value;
}

/** As percent where that is exact, else as a part of 1. */
function formatShare(value: number): string {
  const percent = `${Number(`${value}e2`)}%`;
  return /^[\d.]+%$/.test(percent) && parseShare(percent) === value ? percent : `${value}`;
}

/** Bytes in the largest unit of which they are a whole number. */
function formatSize(bytes: number): string {
  const power = [3, 2, 1].find((power) => bytes > 0 && bytes % 1024 ** power === 0) ?? 0;
  return bytes / 1024 ** power + ["", "k", "M", "G"][power];
}
