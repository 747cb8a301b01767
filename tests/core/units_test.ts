import { assertEquals, assertThrows } from "@std/assert";
import { formatDuration, parseDuration, parseRate, parseSize } from "../../lib/core/units.ts";

Deno.test("parseDuration() gives milliseconds; a plain number is seconds", () => {
  const table: [text: string, ms: number][] = [
    ["0", 0],
    ["0ms", 0],
    ["1ms", 1],
    ["500ms", 500],
    ["0.5ms", 0.5],
    ["2", 2000],
    ["3.5s", 3500],
    [".5s", 500],
    ["0.0035s", 3.5],
    ["1.001s", 1001], // 1.001 * 1000 is 1000.9999999999999
    ["2m", 120_000],
    ["1.5h", 5_400_000],
    ["0.000001ms", 1e-6],
    ["0.0000004ms", 0],
  ];
  for (const [text, ms] of table) assertEquals(parseDuration(text), ms, text);
});

Deno.test("parseDuration() refuses the rest, naming the value and what would do", () => {
  const bad = [
    "",
    " ",
    "-1",
    "+1",
    "5x",
    "1e3",
    "5.",
    ".",
    "s",
    "ms",
    "5 s",
    "5S",
    "1h30m",
    "1,5s",
    "0x10",
    "Infinity",
  ];
  for (const text of bad) {
    assertThrows(
      () => parseDuration(text),
      SyntaxError,
      `bad duration "${text}": use a number with ms, s, m or h, such as 500ms or 3.5s`,
    );
  }
});

Deno.test("parseDuration() and parseRate() refuse what a number cannot count exactly", () => {
  assertEquals(parseDuration("9007199254740991ms"), Number.MAX_SAFE_INTEGER);
  assertEquals(parseRate("9007199254740991"), Number.MAX_SAFE_INTEGER);
  for (const text of ["9007199254740992", "2501999792984h", "9".repeat(30)]) {
    const remedy = `bad duration "${text}": use less than 2^53 milliseconds (285,000 years)`;
    assertEquals(assertThrows(() => parseDuration(text), RangeError).message, remedy);
  }
  assertThrows(() => parseDuration("9".repeat(400)), RangeError, `bad duration "${"9".repeat(64)}…": use less`);
  for (const text of ["9007199254740992", "9007199254741k", "9".repeat(30)]) {
    const remedy = `bad rate "${text}": use less than 2^53 per second`;
    assertEquals(assertThrows(() => parseRate(text), RangeError).message, remedy);
  }
});

Deno.test("formatDuration() writes seconds from 1000 ms on", () => {
  const table: [ms: number, text: string][] = [
    [0, "0ms"],
    [0.5, "0.5ms"],
    [999, "999ms"],
    [999.999, "999.999ms"],
    [1000, "1s"],
    [3500, "3.5s"],
    [120_000, "120s"],
    [0.1 + 0.2, "0.3ms"],
    [1e-9, "0ms"],
  ];
  for (const [ms, text] of table) assertEquals(formatDuration(ms), text);
});

Deno.test("parseDuration() reads what formatDuration() writes", () => {
  for (let ms = 0; ms < 20_000; ms++) assertEquals(parseDuration(formatDuration(ms / 10)), ms / 10);
  for (
    const ms of [
      1e-6,
      0.000123,
      1234.567891,
      2 ** 31 - 1,
      2 ** 31,
      86_400_000,
      1e12,
      123_456_789_012.3457,
      Number.MAX_SAFE_INTEGER,
    ]
  ) {
    assertEquals(parseDuration(formatDuration(ms)), ms);
  }
});

Deno.test("parseSize() gives bytes; units are powers of 1024, in either case, with and without B or iB", () => {
  const table: [text: string, bytes: number][] = [
    ["0", 0],
    ["1", 1],
    ["64b", 64],
    ["1.5k", 1536],
    ["0.5K", 512],
    ["1.0", 1],
    ["64k", 65536],
    ["64K", 65536],
    ["64kB", 65536],
    ["64KiB", 65536],
    ["1M", 1048576],
    ["1MiB", 1048576],
    ["2g", 2 * 1024 ** 3],
    ["1T", 1024 ** 4],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["8191T", 8191 * 1024 ** 4],
  ];
  for (const [text, bytes] of table) assertEquals(parseSize(text), bytes, text);
});

Deno.test("parseSize() refuses what is not a size", () => {
  for (
    const text of ["", " ", "-1", "+1", "5x", "1e3", "k", ".5k", "5.", "64 k", "64ki", "64kk", "64iB", "0x10", "1P"]
  ) {
    assertThrows(
      () => parseSize(text),
      SyntaxError,
      `bad size "${text}": use bytes or a number with k, M or G, such as 64k or 1M`,
    );
  }
});

Deno.test("parseSize() refuses parts of a byte and what a number cannot hold", () => {
  for (const text of ["0.5", "1.5", "0.3k", "0.0001k", "9007199254740992", "8192T", "9".repeat(30)]) {
    assertThrows(() => parseSize(text), RangeError, `bad size "${text}": not a whole number of bytes below 2^53`);
  }
});

Deno.test("parseRate: powers of 1000", () => {
  const cases: [text: string, rate: number][] = [["500", 500], ["10k", 10_000], ["1.5M", 1_500_000], ["2g", 2e9], [
    ".5",
    0.5,
  ]];
  for (const [text, rate] of cases) assertEquals(parseRate(text), rate, text);
  for (const text of ["", "k", "10kk", "-5", "1e3", "10k/s"]) {
    assertThrows(() => parseRate(text), SyntaxError, `bad rate "${text}": use a number`);
  }
});
