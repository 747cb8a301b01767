/**
 * What an error says that a user is shown.
 *
 * @module
 */
import { assert } from "@std/assert";

/** A class of errors. */
// deno-lint-ignore no-explicit-any -- an error's constructor takes whatever it likes
export type ErrorClass = new (...args: any[]) => Error;

/** Characters of a message at most: the longest remedies name every metric there is. */
const LONGEST = 1000;

/** What stands in a message where a value is missing that should be in it. */
const EMPTY_WORDS = /undefined|\[object|NaN/;

/** What a message quotes, as JSON does. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/**
 * Fails unless the error is of one of these classes (and of none made from them), and its message is one line of a length
 * that one can read, without what a terminal would obey, and without holes.
 *
 * @param given What the user gave, which may be anything.
 */
export function assertClear(
  error: unknown,
  classes: readonly ErrorClass[],
  given: readonly string[],
): asserts error is Error {
  assert(classes.some((one) => error instanceof Error && error.constructor === one), `not documented: ${error}`);
  const { message } = error as Error;
  assert(!/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(message), `unsafe: ${JSON.stringify(message)}`);
  assert(message.length <= LONGEST, `${message.length} characters: ${message.slice(0, LONGEST)}`);
  assert(/: ./.test(message), `without a remedy: ${message}`);
  if (!given.some((text) => EMPTY_WORDS.test(text))) assert(!EMPTY_WORDS.test(message), `says nothing: ${message}`);
}

/** Fails unless the message quotes one of these texts, or a part of one, before anything else. */
export function assertNames(message: string, texts: readonly string[]): void {
  const [quoted] = message.match(QUOTED) ?? [];
  assert(quoted !== undefined, `names nothing: ${message}`);
  const named = (JSON.parse(quoted) as string).replace(/…$/, "");
  // A cut may go through a pair of surrogates.
  assert(texts.some((text) => text.includes(named)), `names something else: ${message}`);
}
