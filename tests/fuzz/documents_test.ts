import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { readAccessFile } from "../../lib/cli/access_file.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
import { parseCidr } from "../../lib/core/cidr.ts";
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { compareResults } from "../../lib/measure/compare_results.ts";
import { mergeResults } from "../../lib/measure/merge_results.ts";
import { readResult } from "../../lib/measure/read_result.ts";
import { parseCertificates } from "../../lib/net/tls_credentials.ts";
import { certificateAuthority } from "../support/certificates.ts";
import { fullBench } from "../support/result_fixtures.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { assertClear, assertNames } from "./clear_error.ts";
import { anyText } from "./texts.ts";

const RUNS = 300;

/** The value with what is at one place, chosen by a number, changed to something else, or left out. */
function changed(value: unknown, place: number, to: unknown): unknown {
  let left = place % sizeOf(value);
  const walk = (at: unknown): unknown => {
    if (left-- === 0) return to;
    if (typeof at !== "object" || at === null) return at;
    if (Array.isArray(at)) return at.map(walk);
    return Object.fromEntries(Object.entries(at).map(([key, value]) => [key, walk(value)]));
  };
  return walk(value);
}

/** How many values there are in a value, itself included. */
function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 1);
}

/** What may stand in a result in place of something else: JSON, or nothing. */
const substitute = fc.oneof(
  fc.constantFrom(undefined, null, true, "", [], {}, 0, -1, 0.5, 2 ** 53, 1e308, -1e-320, "x".repeat(100_000)),
  fc.constantFrom("bench", "ping", "\u001b[2J\n\u009b", [null], { command: "bench" }),
  fc.jsonValue(),
);

Deno.test("readResult() takes a result or says what is wrong with it; what it takes can be compared and merged", async () => {
  const whole = JSON.parse(JSON.stringify(await fullBench()));
  const property = fc.asyncProperty(
    fc.array(fc.tuple(fc.nat(), substitute), { minLength: 1, maxLength: 3 }),
    async (changes) => {
      const value = changes.reduce((value: unknown, [place, to]) => changed(value, place, to), whole);
      const text = JSON.stringify(value) ?? "";
      let result: BenchResult;
      try {
        result = readResult(text, "a.json");
      } catch (error) {
        return assertRefused(error, text);
      }
      assertEquals(result as unknown, JSON.parse(text));
      JSON.stringify(compareResults([result, whole], [result]));
      await mergeResults([result, whole]).catch((error) => assertClear(error, [RangeError], [text]));
    },
  );
  await fc.assert(property, { numRuns: RUNS });
});

Deno.test("readResult() gives any text a result or an error that names the file", async () => {
  const json = JSON.stringify(await fullBench());
  const right = ["{}", "[]", '{"schema":1,"command":"bench"}', '{"schema":1e400,"command":"ping"}', json];
  const property = fc.property(anyText(right), (text) => {
    try {
      assertEquals(readResult(text, "a.json").command, "bench");
    } catch (error) {
      assertRefused(error, text);
    }
  });
  fc.assert(property, { numRuns: RUNS });
});

/** Fails unless that is what readResult() throws, in one line. */
function assertRefused(error: unknown, text: string): void {
  assertClear(error, [SyntaxError, TypeError], [text]);
  assert(/^a\.json: ./.test(error.message), error.message);
}

const LINES = [
  "192.0.2.7",
  "192.0.2.0/24 # office",
  "2001:db8::/32",
  "[::1]",
  "",
  "# none",
  "\t10.0.0.0/8\r",
  "\ufeff::/0",
];

Deno.test("readAccessFile() gives the entries of a file, or names its first line that is none", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/list.txt`;
  const line = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...LINES) }, anyText(LINES));
  const property = fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
    // What is written is UTF-8: half a pair of surrogates is not.
    const text = lines.join("\n").toWellFormed();
    await Deno.writeTextFile(path, text);
    const entries = text.split("\n").map((line) => line.split("#")[0].trim());
    const wrong = entries.findIndex((entry) => entry !== "" && !isBlock(entry));
    try {
      assertEquals(await readAccessFile(path), entries.filter((entry) => entry !== ""));
      assertEquals(wrong, -1);
    } catch (error) {
      assertClear(error, [UsageError], [text, path]);
      assert(error.message.startsWith(`${path}:${wrong + 1}: bad `), error.message);
      assertNames(error.message, [entries[wrong]]);
    }
  });
  await fc.assert(property, { numRuns: RUNS });
});

function isBlock(text: string): boolean {
  try {
    parseCidr(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("parseCertificates() gives any text its certificates or a clear error", async () => {
  const authority = await certificateAuthority();
  const { cert, key } = await authority.issue();
  const property = fc.property(anyText([cert, key, cert + authority.cert, `${cert}\n${key}`]), (text) => {
    try {
      const found = parseCertificates(text, "the certificate (cert)");
      assert(found.length > 0);
      for (const { subject } of found) assertEquals(typeof subject, "string");
    } catch (error) {
      assertClear(error, [TypeError], [text]);
      assert(error.message.startsWith("cannot use the certificate (cert): "), error.message);
    }
  });
  fc.assert(property, { numRuns: RUNS });
});
