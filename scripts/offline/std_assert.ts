/**
 * Stands in for `@std/assert` where JSR cannot be reached: the assertions the tests use.
 *
 * Never published. `tests/scripts/std_assert_contract_test.ts` holds it against the original: same arguments, same verdicts, the same
 * beginning of each message; the differences are printed by `node:assert`.
 *
 * @module
 */
import { AssertionError as NodeAssertionError } from "node:assert";
import { inspect, stripVTControlCharacters } from "node:util";
import { equal } from "./equal.ts";

/** A class with any constructor, as `instanceof` takes it. */
// deno-lint-ignore no-explicit-any
export type AnyClass<T> = abstract new (...args: any[]) => T;

/** Thrown by every assertion that does not hold. */
export class AssertionError extends Error {
  /** Made with a message, as any error. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

function suffix(msg?: string): string {
  return msg ? `: ${msg}` : ".";
}

/** The lines in which two values differ, without Node's own heading. */
function difference(actual: unknown, expected: unknown): string {
  const { message } = new NodeAssertionError({ actual, expected, operator: "deepStrictEqual" });
  return message.slice(message.indexOf("\n") + 1);
}

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) {
    throw new AssertionError(`Values are not equal${suffix(msg)}\n${difference(actual, expected)}`);
  }
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) {
    throw new AssertionError(`Expected actual: ${inspect(actual)} not to be: ${inspect(expected)}${suffix(msg)}`);
  }
}

/** Fails unless both are the same value (`Object.is`). */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const heading = inspect(actual) === inspect(expected)
    ? "Values have the same structure but are not reference-equal"
    : "Values are not strictly equal";
  throw new AssertionError(`${heading}${suffix(msg)}\n${difference(actual, expected)}`);
}

/** Fails if `actual` is null or undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual !== undefined && actual !== null) return;
  throw new AssertionError(`Expected actual: "${actual}" to not be null or undefined${suffix(msg)}`);
}

/** Fails unless the text matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) {
    throw new AssertionError(`Expected actual: "${actual}" to match: "${expected}"${suffix(msg)}`);
  }
}

/** Fails unless the text has `expected` in it. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    throw new AssertionError(`Expected actual: "${actual}" to contain: "${expected}"${suffix(msg)}`);
  }
}

function compare<T>(holds: boolean, actual: T, sign: string, expected: T, msg?: string): void {
  if (!holds) throw new AssertionError(msg ?? `Expect ${inspect(actual)} ${sign} ${inspect(expected)}`);
}

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  compare(actual > expected, actual, ">", expected, msg);
}

/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  compare(actual >= expected, actual, ">=", expected, msg);
}

/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  compare(actual < expected, actual, "<", expected, msg);
}

/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  compare(actual <= expected, actual, "<=", expected, msg);
}

/** Fails unless `actual instanceof expectedType`. */
export function assertInstanceOf<T extends AnyClass<unknown>>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  const type = typeof actual === "object" && actual !== null ? actual.constructor?.name ?? "Object" : typeof actual;
  const was = actual === null ? "null" : type;
  throw new AssertionError(
    `Expected object to be an instance of "${expectedType.name}" but was "${was}"${suffix(msg)}`,
  );
}

/** `(ErrorClass?, msgIncludes?, msg?)` or `(msg?)`, as the arguments behind `fn` may be. */
interface Wanted {
  ErrorClass?: AnyClass<Error>;
  includes?: string;
  msg?: string;
}

function wanted(classOrMsg?: AnyClass<Error> | string, includes?: string, msg?: string): Wanted {
  return typeof classOrMsg === "string" ? { msg: classOrMsg } : { ErrorClass: classOrMsg, includes, msg };
}

/** Without a class everything thrown will do, errors or not: the original looks at the message only with a class. */
function checkThrown(thrown: unknown, verb: "thrown" | "rejected", { ErrorClass, includes, msg }: Wanted): void {
  if (!ErrorClass) return;
  if (!(thrown instanceof Error)) throw new AssertionError(`A non-Error object was ${verb}${suffix(msg)}`);
  if (!(thrown instanceof ErrorClass)) {
    const was = (thrown as Error).constructor.name;
    throw new AssertionError(
      `Expected error to be instance of "${ErrorClass.name}", but was "${was}"${suffix(msg)}`,
      { cause: thrown },
    );
  }
  if (includes && !stripVTControlCharacters(thrown.message).includes(stripVTControlCharacters(includes))) {
    throw new AssertionError(
      `Expected error message to include "${includes}", but got "${thrown.message}"${suffix(msg)}`,
      { cause: thrown },
    );
  }
}

/** Fails unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless `fn` throws an `ErrorClass` whose message includes `msgIncludes`; returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: AnyClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: AnyClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const want = wanted(classOrMsg, msgIncludes, msg);
  try {
    fn();
  } catch (error) {
    checkThrown(error, "thrown", want);
    return error;
  }
  throw new AssertionError(`Expected function to throw${suffix(want.msg)}`);
}

/** Fails unless the promise `fn` returns rejects; resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Fails unless the promise `fn` returns rejects with an `ErrorClass` whose message includes `msgIncludes`; resolves to it. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: AnyClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: AnyClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const want = wanted(classOrMsg, msgIncludes, msg);
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    // Said below: throwing at once is not rejecting.
  }
  if (typeof promise?.then !== "function") {
    throw new AssertionError(`Function throws when expected to reject${suffix(want.msg)}`);
  }
  try {
    await promise;
  } catch (error) {
    checkThrown(error, "rejected", want);
    return error;
  }
  throw new AssertionError(`Expected function to reject${suffix(want.msg)}`);
}

/** Fails. */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${suffix(msg)}`);
}
