import { assertEquals, assertGreater, assertLess, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { judgeFlat, SETTLED } from "../../scripts/torture/flatness.ts";
import { inLanes } from "../../scripts/torture/lanes.ts";
import { requireFlat } from "../../scripts/torture/memory_watch.ts";
import { runCases } from "../../scripts/torture/run_cases.ts";
import { seededRandom } from "../../scripts/torture/seeded_random.ts";
import { type TortureCase, tortureCase } from "../../scripts/torture/torture_case.ts";
import { countVerdicts, type TortureResult } from "../../scripts/torture/torture_result.ts";
import { listText, tortureText } from "../../scripts/torture/torture_text.ts";
import { torturedProgram } from "../../scripts/torture/tortured_program.ts";
import { troublesIn } from "../../scripts/torture/tortured_server.ts";
import { allEchoed } from "../../scripts/torture/verified_stream.ts";
import { notLinux, testUnless } from "../support/needs.ts";

Deno.test("flatness: the warm-up counts for nothing, the medians of the thirds after it are compared", () => {
  // Four of ten are warm-up; of the other six, two are the first third and two the last.
  const values = [1, 1, 1, 1, 10, 20, 99, 99, 16, 18];
  assertEquals(judgeFlat(values, 2), { first: 15, last: 17, flat: true });
  assertEquals(judgeFlat(values, 1.9), { first: 15, last: 17, flat: false });
  assertEquals(judgeFlat(values.toReversed(), 0).flat, true);
  assertThrows(() => judgeFlat([1, 2, 3, 4, 5, 6, 7], 0), RangeError, "cannot judge 7 values");
});

Deno.test("flatness: memory may grow by what is tolerated, and not by a byte more", () => {
  const MIB = 2 ** 20;
  const growing = (by: number) => Array.from({ length: 12 }, (_, i) => i < 8 ? 100 * MIB : 100 * MIB + by);
  assertEquals(requireFlat(growing(SETTLED), SETTLED), "memory 100MiB at first, 140MiB at the end");
  const message = "memory 100MiB at first, 140MiB at the end: at most 140MiB is flat";
  assertThrows(() => requireFlat(growing(SETTLED + 1), SETTLED), Error, message);
});

Deno.test("seeded random: the same for the same seed and labels, another for any other", () => {
  const draw = (...labels: [number, ...(string | number)[]]) => {
    const random = seededRandom(...labels);
    return Array.from({ length: 4 }, () => random.next()).join();
  };
  assertEquals(draw(1, "a", 2), draw(1, "a", 2));
  const all = [draw(1, "a", 2), draw(2, "a", 2), draw(1, "b", 2), draw(1, "a", 3), draw(1, "a"), draw(1, 1, "a")];
  assertEquals(new Set(all).size, all.length);
});

Deno.test("seeded random: whole and size reach both bounds, and pass neither", () => {
  const random = seededRandom(7);
  const wholes = Array.from({ length: 1000 }, () => random.whole(3, 6));
  assertEquals([...new Set(wholes)].sort(), [3, 4, 5, 6]);
  const sizes = Array.from({ length: 20_000 }, () => random.size(1, 1024));
  assertEquals([Math.min(...sizes), Math.max(...sizes)], [1, 1024]);
  // Half of the powers of two lie below 32.
  const small = sizes.filter((size) => size < 32).length / sizes.length;
  assertGreater(small, 0.45);
  assertLess(small, 0.55);
  assertEquals(random.size(512, 512), 512);
});

Deno.test("lanes: so many at once, each index once; a failure begins no more, and is told when all are over", async () => {
  const done: number[] = [];
  let atOnce = 0, most = 0;
  await inLanes(10, 3, async (index) => {
    most = Math.max(most, ++atOnce);
    await Promise.resolve();
    atOnce--;
    done.push(index);
  });
  assertEquals([done.sort((a, b) => a - b), most], [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3]);
  const begun: number[] = [];
  const failing = inLanes(10, 2, async (index) => {
    begun.push(index);
    await Promise.resolve();
    if (index === 1) throw new Error("1 failed");
  });
  await assertRejects(() => failing, Error, "1 failed");
  assertLess(begun.length, 5);
});

Deno.test("streams: one that failed, or that got less than it sent, fails them all", () => {
  const good = { sent: 5, echoed: 5, error: undefined };
  assertEquals(allEchoed("streams", [good, good]), 10);
  const failed = { sent: 5, echoed: 3, error: new Error("reset") };
  assertThrows(() => allEchoed("streams", [good, failed]), Error, "1 of 2 streams failed: reset");
  const short = { sent: 5, echoed: 3, error: undefined };
  assertThrows(() => allEchoed("streams", [good, short]), Error, "one sent 5 bytes and got 3 back");
});

Deno.test("server log: warnings, errors and what is no log are troubles", () => {
  const line = (level: string) => JSON.stringify({ time: "2026", level, message: `a "level":"info" in the text` });
  const log = [line("info"), line("debug"), line("warn"), line("error"), "error: Uncaught", ""].join("\n");
  assertEquals(troublesIn(log), [line("warn"), line("error"), "error: Uncaught"]);
});

/** A case that does nothing but this. */
function caseOf(name: string, run: TortureCase["run"], missing?: string): TortureCase {
  const sizes = { quick: 1, full: 2 };
  return tortureCase({
    ...{ name, about: `about ${name}`, sizes, limits: { quick: 0.05, full: 60 }, text: (size) => `${size} times`, run },
    missing: () => Promise.resolve(missing),
  });
}

async function verdicts(cases: TortureCase[], signal = new AbortController().signal) {
  const told: string[] = [];
  const options = { seed: 1, program: torturedProgram(undefined), signal, progress: (line: string) => told.push(line) };
  const results = await runCases(cases, { ...options, scale: "quick" });
  return { told, results: results.map(({ name, size, verdict, seen }) => [name, size, verdict, seen]) };
}

testUnless(
  notLinux(),
  "torture: a case that throws, hangs, or is not waited for fails, and ends no other",
  async () => {
    const { told, results } = await verdicts([
      caseOf("good", () => Promise.resolve("all well")),
      caseOf("bad", () => Promise.reject(new Error("a byte is wrong"))),
      caseOf(
        "hangs",
        ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      ),
      caseOf("strays", ({ signal }) => {
        void Promise.reject(new Error("nobody looks"));
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      }),
      caseOf("lacks", () => Promise.resolve("not reached"), "no root here"),
      caseOf("last", () => Promise.resolve("all well")),
    ]);
    assertEquals(results, [
      ["good", "1 times", "passed", "all well"],
      ["bad", "1 times", "failed", "a byte is wrong"],
      ["hangs", "1 times", "failed", "not over within 0.05 s"],
      ["strays", "1 times", "failed", "nobody handled: nobody looks"],
      ["lacks", "1 times", "skipped", "no root here"],
      ["last", "1 times", "passed", "all well"],
    ]);
    assertEquals(told.slice(0, 3), ["[1/6] good: 1 times", "[2/6] bad: 1 times", "  failed: a byte is wrong"]);
  },
);

testUnless(notLinux(), "torture: what a case owns is disposed of, whether it passes, fails or hangs", async () => {
  const disposed: string[] = [];
  const owning = (name: string, end: (signal: AbortSignal) => Promise<string>) =>
    caseOf(name, (ground) => {
      ground.own({ [Symbol.asyncDispose]: () => Promise.resolve(void disposed.push(name)) });
      return end(ground.signal);
    });
  await verdicts([
    owning("passes", () => Promise.resolve("")),
    owning("fails", () => Promise.reject(new Error())),
    owning(
      "hangs",
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ),
  ]);
  assertEquals(disposed, ["passes", "fails", "hangs"]);
});

testUnless(notLinux(), "torture: a run that is ended leaves out the case under way, and the rest", async () => {
  const stop = new AbortController();
  const { results } = await verdicts([
    caseOf("over", () => Promise.resolve("all well")),
    caseOf("under way", () => {
      stop.abort(new Error("cut short"));
      return Promise.reject(stop.signal.reason);
    }),
    caseOf("never", () => Promise.resolve("all well")),
  ], stop.signal);
  assertEquals(results.map(([name]) => name), ["over"]);
});

const RESULT: TortureResult = {
  schema: 1,
  scale: "quick",
  seed: 5,
  program: "main.ts",
  cases: [
    { name: "flood", size: "10 clients", ms: 1234, verdict: "passed", seen: "all served" },
    { name: "rst", size: "3 resets", ms: 60_000, verdict: "failed", seen: "it ended:\n  error: x\n" },
    { name: "cut-link", size: "1", ms: 0, verdict: "skipped", seen: "no ip here" },
  ],
};

Deno.test("torture text: a table, a line for each case, and the counts", () => {
  assertEquals(countVerdicts(RESULT.cases), { passed: 1, failed: 1, skipped: 1 });
  assertEquals(
    tortureText(RESULT),
    `quick torture of main.ts, seed 5
case      size        time    verdict  what was seen
flood     10 clients  1.2 s   passed   all served
rst       3 resets    60.0 s  FAILED   it ended: | error: x
cut-link  1                   skipped  no ip here
1 passed, 1 failed, 1 skipped
`,
  );
});

Deno.test("torture text: a very long cell is cut; the list has both sizes", () => {
  const long = { ...RESULT, cases: [{ ...RESULT.cases[0], seen: "x".repeat(1000) }] };
  assertMatch(tortureText(long), /passed {3}x{300}…\n/);
  assertEquals(
    listText([caseOf("flood", () => Promise.resolve(""))]),
    "case   what is done  --quick  full\nflood  about flood   1 times  2 times\n",
  );
});
