import { LONGEST_TIMER } from "../core/delay.ts";
import { shorten } from "../core/quote.ts";
import { DELAY_DISTRIBUTIONS, type Fault } from "./fault.ts";

/** All that faults are told, by name. */
type Field = Exclude<{ [K in Fault["kind"]]: keyof Extract<Fault, { kind: K }> }[Fault["kind"]], "kind">;

/** What a value must be, and how to say so. */
interface FieldRule {
  readonly holds: (value: never) => boolean;
  readonly remedy: string;
}

/** Faster than any interface. */
const MOST_BYTES_PER_SECOND = 1e12;

const wholeFrom = (least: number, value: number) => Number.isSafeInteger(value) && value >= least;

/** Whether it is a number, and in a range: a text would pass comparisons. */
const within = (value: unknown, least: number, most: number) =>
  typeof value === "number" && value >= least && value <= most;

const MILLISECONDS: FieldRule = {
  holds: (value: unknown) => within(value, 0, LONGEST_TIMER),
  remedy: `use 0 to ${LONGEST_TIMER} milliseconds (24.8 days)`,
};

const RULES: Record<Field, FieldRule> = {
  ms: MILLISECONDS,
  jitterMs: MILLISECONDS,
  gapMs: MILLISECONDS,
  distribution: {
    holds: (value: string) => (DELAY_DISTRIBUTIONS as readonly string[]).includes(value),
    remedy: `use ${DELAY_DISTRIBUTIONS.join(", ")}`,
  },
  bytesPerSecond: {
    holds: (value: number) => wholeFrom(1, value) && value <= MOST_BYTES_PER_SECOND,
    remedy: "use a whole number from 1 to 10^12",
  },
  bytes: { holds: (value: number) => wholeFrom(1, value), remedy: "use a whole number from 1 below 2^53" },
  afterBytes: { holds: (value: number) => wholeFrom(0, value), remedy: "use a whole number from 0 below 2^53" },
  rate: {
    holds: (value: unknown) => within(value, Number.MIN_VALUE, 1),
    remedy: "use a probability of more than 0, at most 1 (100%)",
  },
  share: { holds: (value: unknown) => within(value, 0, 1), remedy: "use a share from 0 to 1 (100%)" },
};

/** The rules of some faults that differ from the others'. */
const OWN_RULES: Partial<Record<Fault["kind"], Partial<Record<Field, FieldRule>>>> = {
  stall: {
    ms: {
      holds: (value: unknown) => value === Infinity || within(value, 0, LONGEST_TIMER),
      remedy: `${MILLISECONDS.remedy}, or Infinity`,
    },
  },
};

/**
 * The fault itself, if its values are right.
 *
 * @throws {RangeError} if one is not.
 */
export function checkedFault<F extends Fault>(fault: F): F {
  for (const [field, value] of Object.entries(fault)) {
    if (field === "kind") continue;
    const { holds, remedy } = OWN_RULES[fault.kind]?.[field as Field] ?? RULES[field as Field];
    if (holds(value as never)) continue;
    throw new RangeError(`cannot inject ${fault.kind} with ${field} ${shorten(String(value))}: ${remedy}`);
  }
  return fault;
}
