/**
 * Texts that a user may give: any at all, and right ones gone wrong.
 *
 * @module
 */
import fc from "npm:fast-check@4.10.2";

/** What breaks parsers: signs that mean something to some of them, and what is no text or number to most. */
const PIECES = [
  ..."0123456789kKmMgs.,:;/%=@[]<>+-_*#()\\\"' \t\n\r\0",
  ..."\u001b\u007f\u009b\u00b5\u2028\u202e\ufeff\uff11\u0663é😀\ud83d",
  ...["::", "%%", "==", "@@", "0x1f", "1e3", "1e999", "-1", "255", "256", "65536", "2147483648", "9007199254740993"],
  ...["ms", "KiB", "+tls", "NaN", "Infinity", "undefined", "null", "true", "__proto__", "constructor", "toString"],
  ...["(a+)+$", "[a-z]*", "\\d", "$&", "\u001b[2J", "\r\n"],
  "9".repeat(400),
  "0".repeat(400),
];

/** One thing that goes wrong with a text. */
interface Mutation {
  readonly kind: "insert" | "delete" | "replace" | "repeat" | "swap";
  /** Where, as a part of the text. */
  readonly at: number;
  /** Characters it is about. */
  readonly length: number;
  /** What is put there. */
  readonly piece: string;
  /** How often. */
  readonly times: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("insert", "delete", "replace", "repeat", "swap"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 4 }),
  piece: fc.constantFrom(...PIECES),
  times: fc.constantFrom(1, 1, 1, 2, 3, 100),
});

function mutate(text: string, { kind, at, length, piece, times }: Mutation): string {
  const start = Math.floor(at * text.length);
  const [before, part, after] = [text.slice(0, start), text.slice(start, start + length), text.slice(start + length)];
  switch (kind) {
    case "insert":
      return before + piece.repeat(times) + part + after;
    case "delete":
      return before + after;
    case "replace":
      return before + piece.repeat(times) + after;
    case "repeat":
      return before + part.repeat(1 + times) + after;
    case "swap":
      return after + part + before;
  }
}

/** Any text: most are close to one of those that are right. */
export function anyText(right: readonly string[]): fc.Arbitrary<string> {
  const mutated = fc.tuple(fc.constantFrom(...right), fc.array(mutation, { maxLength: 3 }));
  const words = [...new Set(right.flatMap((text) => text.match(/\w+|\W/g) ?? []))];
  return fc.oneof(
    { weight: 6, arbitrary: mutated.map(([text, mutations]) => mutations.reduce(mutate, text)) },
    {
      weight: 3,
      arbitrary: fc.array(fc.constantFrom(...words, ...PIECES), { maxLength: 10 }).map((parts) => parts.join("")),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 200 }) },
  );
}

/** Characters of a {@linkcode longTexts} run: a parser that takes their square in steps does not come to an end. */
const LONG = 100_000;

/** Texts of 100 KB: each sign that is in the right ones, and some others, over and over, before, within and after them. */
export function* longTexts(right: readonly string[]): Generator<string> {
  const signs = new Set([...right.flatMap((text) => [...text]), ..."a0. :[%\n\u20ac"]);
  const pairs = [...signs].flatMap((sign) => [sign, `${sign}1`, `1${sign}`, `${sign}a`]);
  for (const piece of pairs) {
    const long = piece.repeat(LONG / piece.length);
    yield* [long, `${long}!`, `[${long}`, `[${long}]`, `a${long}:x`];
  }
  for (const text of right) {
    for (const piece of ["0", "9", "a", " ", text]) {
      const long = piece.repeat(Math.ceil(LONG / piece.length));
      yield* [text + long, long + text, text.slice(0, text.length / 2) + long + text.slice(text.length / 2)];
    }
  }
}
