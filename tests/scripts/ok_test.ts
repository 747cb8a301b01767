import { assertEquals } from "@std/assert";
import { type Counts, judgeCheck, judgeTests, lastLine, testCounts } from "../../scripts/ok.ts";

/** What `deno test` ends with (2.9.6), and the counts in it. */
const OUTPUTS: [output: string, counts: [passed: number, failed: number, skipped: number] | undefined][] = [
  ["a ... ok (1ms)\n\nok | 3 passed | 0 failed (12ms)\n", [3, 0, 0]],
  ["ok | 2 passed (1 step) | 0 failed | 1 ignored (8ms)\n", [2, 0, 1]],
  ["FAILED | 2 passed (3 steps) | 1 failed (2 steps) | 4 ignored | 5 filtered out (1m2s)\n", [2, 1, 4]],
  ["ok | 0 passed | 0 failed (0ms)\n", [0, 0, 0]],
  ["ok | 9 passed | 0 failed (1s)\nin a test's output\n\nok | 3 passed | 0 failed (2s)\n", [3, 0, 0]],
  ["a test prints: ok | 9 passed | 0 failed\n", undefined],
  ["", undefined],
];

Deno.test("ok: testCounts reads the last line of deno test", () => {
  for (const [output, counts] of OUTPUTS) {
    const want = counts && { passed: counts[0], failed: counts[1], skipped: counts[2] };
    assertEquals(testCounts(output), want, output);
  }
});

Deno.test("ok: judgeTests fails a run that counts nothing and one whose exit code says so", () => {
  const cases: [output: string, success: boolean, counts: Counts][] = [
    ["ok | 3 passed | 0 failed (1s)\n", true, { passed: 3, failed: 0, skipped: 0 }],
    ["ok | 3 passed | 0 failed (1s)\n", false, { passed: 3, failed: 1, skipped: 0 }],
    ["FAILED | 3 passed | 2 failed (1s)\n", false, { passed: 3, failed: 2, skipped: 0 }],
    ["ok | 0 passed | 0 failed | 7 ignored (1s)\n", true, { passed: 0, failed: 1, skipped: 7 }],
    ["", true, { passed: 0, failed: 1, skipped: 0 }],
    ["", false, { passed: 0, failed: 1, skipped: 0 }],
  ];
  for (const [output, success, counts] of cases) assertEquals(judgeTests(output, success), counts, output);
});

Deno.test("ok: judgeCheck counts a check that says why it could not run as skipped, unless it failed", () => {
  const cases: [output: string, success: boolean, counts: Counts][] = [
    ["", true, { passed: 1, failed: 0, skipped: 0 }],
    ["a line\nskipped: no runtime\n", true, { passed: 0, failed: 0, skipped: 1 }],
    ["skipped: no runtime\n", false, { passed: 0, failed: 1, skipped: 0 }],
    ["what is skipped: nothing\n", true, { passed: 1, failed: 0, skipped: 0 }],
  ];
  for (const [output, success, counts] of cases) assertEquals(judgeCheck(output, success), counts, output);
});

Deno.test("ok: lastLine", () => {
  assertEquals(lastLine({ passed: 12, failed: 0, skipped: 0 }), "12 passed, 0 failed");
  assertEquals(lastLine({ passed: 12, failed: 1, skipped: 3 }), "12 passed, 1 failed, 3 skipped");
});

Deno.test("ok: testCounts reads what this deno prints", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/a_test.ts`,
    `Deno.test("a", async (t) => { await t.step("b", () => {}); });\n` +
      `Deno.test("c", () => { throw new Error(); });\nDeno.test.ignore("d", () => {});\n`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-config", "--no-lock", "--no-prompt", "a_test.ts"],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  await Deno.remove(folder, { recursive: true });
  assertEquals(testCounts(new TextDecoder().decode(stdout)), { passed: 1, failed: 1, skipped: 1 });
});
