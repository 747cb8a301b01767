/**
 * What this project relies on in @std/assert. The same file runs on the original and on the stand-in in `scripts/offline/`, by what
 * the import map makes of its name: a stand-in that passes here may take the original's place.
 */
import * as std from "@std/assert";
import { AssertionError } from "@std/assert";

/** The verdict of an assertion, without the help of one: "" or the first line of its error. */
function verdict(assertion: () => unknown): string {
  try {
    assertion();
    return "";
  } catch (error) {
    if (error instanceof AssertionError && error.name === "AssertionError") {
      return error.message.split("\n")[0] || "failed";
    }
    return `not an AssertionError: ${error}`;
  }
}

function expectVerdict(what: string, got: string, want: string): void {
  if (want === "" ? got !== "" : !got.startsWith(want)) throw new Error(`${what}: "${got}" instead of "${want}"`);
}

/** Values that are equal, and values that are not. */
function pairs(): { equal: unknown[][]; different: unknown[][] } {
  class A {
    constructor(public value: number) {}
  }
  class B extends A {}
  const error = new Error("x");
  return {
    equal: [
      [NaN, NaN],
      [0, -0],
      [{ a: [1, { b: "c" }] }, { a: [1, { b: "c" }] }],
      [{ a: 1, b: 2 }, { b: 2, a: 1 }],
      [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
      [new Uint8Array([1, 2]), Uint8Array.of(1, 2)],
      [new Uint8Array([1]).buffer, new Uint8Array([1]).buffer],
      [new Map([["a", { b: 1 }], ["c", { b: 2 }]]), new Map([["c", { b: 2 }], ["a", { b: 1 }]])],
      [new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }])],
      [new Date(5), new Date(5)],
      [/a/g, /a/g],
      [new URL("http://a/"), new URL("http://a/")],
      [new A(1), new A(1)],
      [error, error],
      [{ [Symbol.for("s")]: 1 }, { [Symbol.for("s")]: 1 }],
    ],
    different: [
      [1, "1"],
      [1, 1n],
      [null, undefined],
      [{ a: undefined }, {}],
      [{ a: undefined }, { b: undefined }],
      [[, 1], [undefined, 1]],
      [[1, 2], [1, 2, 3]],
      [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
      [new Uint8Array([1]), new Int8Array([1])],
      [new Uint8Array([1]), [1]],
      [new Map([["a", 1]]), new Map([["a", 2]])],
      [new Set([1, 2]), new Set([1, 3])],
      [new Date(5), new Date(6)],
      [/a/g, /a/],
      [new A(1), new A(2)],
      [new A(1), new B(1)],
      [new Error("x"), new Error("x")],
      [() => 1, () => 1],
      [{ [Symbol.for("s")]: 1 }, {}],
    ],
  };
}

Deno.test("@std/assert: assertEquals and assertNotEquals on pairs", () => {
  const { equal, different } = pairs();
  for (const [a, b] of equal) {
    expectVerdict(`equal ${Deno.inspect([a, b])}`, verdict(() => std.assertEquals(a, b)), "");
    expectVerdict(`equal ${Deno.inspect([a, b])}`, verdict(() => std.assertNotEquals(a, b)), "Expected actual: ");
  }
  for (const [a, b] of different) {
    expectVerdict(`different ${Deno.inspect([a, b])}`, verdict(() => std.assertEquals(a, b)), "Values are not equal.");
    expectVerdict(`different ${Deno.inspect([a, b])}`, verdict(() => std.assertEquals(b, a)), "Values are not equal.");
    expectVerdict(`different ${Deno.inspect([a, b])}`, verdict(() => std.assertNotEquals(a, b)), "");
  }
});

Deno.test("@std/assert: assertEquals follows cycles", () => {
  const [a, b]: Record<string, unknown>[] = [{ value: 1 }, { value: 1 }];
  a.self = a;
  b.self = b;
  expectVerdict("cycles", verdict(() => std.assertEquals(a, b)), "");
});

const boom = () => {
  throw new TypeError("boom at 7");
};
const same = {};
const CASES: [string, () => unknown, string][] = [
  ["assert", () => std.assert("x"), ""],
  ["assert fails", () => std.assert(""), "failed"],
  ["assert fails with", () => std.assert(0, "why"), "why"],
  ["assertEquals message", () => std.assertEquals(1, 2, "why"), "Values are not equal: why"],
  ["assertNotEquals message", () => std.assertNotEquals(1, 1, "why"), "Expected actual: 1 not to be: 1: why"],
  ["assertStrictEquals", () => std.assertStrictEquals(same, same), ""],
  ["assertStrictEquals NaN", () => std.assertStrictEquals(NaN, NaN), ""],
  ["assertStrictEquals zero", () => std.assertStrictEquals<number>(0, -0), "Values are not strictly equal."],
  ["assertStrictEquals why", () => std.assertStrictEquals<number>(1, 2, "why"), "Values are not strictly equal: why"],
  ["assertStrictEquals twins", () => std.assertStrictEquals({}, same, "why"), "Values have the same structure but"],
  ["assertExists", () => std.assertExists(0), ""],
  ["assertExists null", () => std.assertExists(null), 'Expected actual: "null" to not be null or undefined.'],
  [
    "assertExists why",
    () => std.assertExists(undefined, "why"),
    'Expected actual: "undefined" to not be null or undefined: why',
  ],
  ["assertMatch", () => std.assertMatch("abc", /b/), ""],
  ["assertMatch fails", () => std.assertMatch("abc", /x/, "why"), 'Expected actual: "abc" to match: "/x/": why'],
  ["assertStringIncludes", () => std.assertStringIncludes("abc", "b"), ""],
  ["assertStringIncludes no", () => std.assertStringIncludes("abc", "x"), 'Expected actual: "abc" to contain: "x".'],
  ["assertGreater", () => std.assertGreater(2, 1), ""],
  ["assertGreater border", () => std.assertGreater(1, 1), "Expect 1 > 1"],
  ["assertGreater NaN", () => std.assertGreater(NaN, 1, "why"), "why"],
  ["assertGreaterOrEqual border", () => std.assertGreaterOrEqual(1, 1), ""],
  ["assertGreaterOrEqual fails", () => std.assertGreaterOrEqual(0, 1), "Expect 0 >= 1"],
  ["assertLess", () => std.assertLess(1n, 2n), ""],
  ["assertLess border", () => std.assertLess(1, 1), "Expect 1 < 1"],
  ["assertLessOrEqual border", () => std.assertLessOrEqual(1, 1), ""],
  ["assertLessOrEqual fails", () => std.assertLessOrEqual(2, 1), "Expect 2 <= 1"],
  ["assertInstanceOf", () => std.assertInstanceOf(new TypeError(), Error), ""],
  [
    "assertInstanceOf fails",
    () => std.assertInstanceOf(new Error(), TypeError),
    'Expected object to be an instance of "TypeError" but was "Error"',
  ],
  [
    "assertInstanceOf null",
    () => std.assertInstanceOf(null, Error, "why"),
    'Expected object to be an instance of "Error" but was "null": why',
  ],
  ["assertThrows", () => std.assertThrows(boom), ""],
  ["assertThrows class", () => std.assertThrows(boom, Error, "at 7"), ""],
  ["assertThrows not", () => std.assertThrows(() => {}, "why"), "Expected function to throw: why"],
  [
    "assertThrows other class",
    () => std.assertThrows(boom, RangeError),
    'Expected error to be instance of "RangeError", but was "TypeError".',
  ],
  [
    "assertThrows other text",
    () => std.assertThrows(boom, TypeError, "at 8", "why"),
    'Expected error message to include "at 8", but got "boom at 7": why',
  ],
  ["fail", () => std.fail("why"), "Failed assertion: why"],
  ["fail without", () => std.fail(), "Failed assertion."],
];

Deno.test("@std/assert: each assertion passes and fails, with its message", () => {
  for (const [name, assertion, want] of CASES) expectVerdict(name, verdict(assertion), want);
  const thrown: TypeError = std.assertThrows(boom, TypeError);
  std.assertStrictEquals(thrown.message, "boom at 7");
  std.assertStrictEquals(
    std.assertThrows(() => {
      throw 7;
    }),
    7,
  );
  expectVerdict(
    "no Error",
    verdict(() =>
      std.assertThrows(() => {
        throw 7;
      }, Error)
    ),
    "A non-Error object was thrown.",
  );
});

const rejects = () => Promise.reject(new TypeError("boom at 7"));
const syncThrow = (): Promise<void> => {
  throw new TypeError("boom at 7");
};
const REJECTIONS: [string, () => Promise<unknown>, string][] = [
  ["any", () => std.assertRejects(rejects), ""],
  ["class and text", () => std.assertRejects(rejects, Error, "at 7"), ""],
  ["resolves", () => std.assertRejects(() => Promise.resolve(), "why"), "Expected function to reject: why"],
  [
    "resolves, class",
    () => std.assertRejects(() => Promise.resolve(), Error, "", "why"),
    "Expected function to reject: why",
  ],
  ["throws at once", () => std.assertRejects(syncThrow, TypeError), "Function throws when expected to reject."],
  [
    "other class",
    () => std.assertRejects(rejects, RangeError),
    'Expected error to be instance of "RangeError", but was "TypeError".',
  ],
  [
    "other text",
    () => std.assertRejects(rejects, TypeError, "at 8"),
    'Expected error message to include "at 8", but got "boom at 7".',
  ],
  ["no Error, no class", () => std.assertRejects(() => Promise.reject(7)), ""],
  ["no Error", () => std.assertRejects(() => Promise.reject(7), Error), "A non-Error object was rejected."],
];

Deno.test("@std/assert: assertRejects", async () => {
  for (const [name, assertion, want] of REJECTIONS) {
    const outcome = await assertion().then(() => () => {}, (error) => () => {
      throw error;
    });
    expectVerdict(name, verdict(outcome), want);
  }
  const reason: TypeError = await std.assertRejects(rejects, TypeError);
  std.assertStrictEquals(reason.message, "boom at 7");
});
