import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readResult } from "../../lib/measure/read_result.ts";
import { runCli } from "../support/cli.ts";
import { fullBench } from "../support/result_fixtures.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const PERMISSIONS = ["--allow-read", "--allow-write"];

/** A folder with three results of different rates. */
async function results() {
  const rates = (requestsPerSecond: number) => ({
    error: null,
    rates: { requestsPerSecond, sentBytesPerSecond: 1000, receivedBytesPerSecond: 1000 },
  });
  return await temporaryFolder({
    "a.json": JSON.stringify(await fullBench(rates(1000))),
    "b.json": JSON.stringify(await fullBench(rates(900))),
    "c.json": JSON.stringify(await fullBench(rates(800))),
    "ping.json": `{"schema":1,"command":"ping"}`,
    "text.txt": "hello",
  });
}

Deno.test("compare: two runs, the change, and a gate on it", async () => {
  await using folder = await results();
  const args = ["compare", `${folder.path}/a.json`, `${folder.path}/b.json`];
  const text = await runCli(args, { permissions: PERMISSIONS });
  assertEquals([text.code, text.stderr], [0, ""]);
  assertMatch(text.stdout, /rate +1\.00k\/s +900\/s +-10\.0%/);
  const hit = await runCli([...args, "--json", "--fail-if", "rate<-5%"], { permissions: PERMISSIONS });
  assertEquals([hit.code, hit.stderr], [1, "sounder: --fail-if rate<-5%: rate changed by -10%\n"]);
  const { rows, gates } = JSON.parse(hit.stdout);
  assertEquals([rows[0].metric, rows[0].changePercent, gates[0].hit], ["rate", -10, true]);
  assertEquals((await runCli([...args, "--fail-if", "rate<-20%"], { permissions: PERMISSIONS })).code, 0);
});

Deno.test("compare: several runs on each side", async () => {
  await using folder = await results();
  const [a, b, c] = ["a", "b", "c"].map((name) => `${folder.path}/${name}.json`);
  const { stdout } = await runCli(["compare", `${a},${b}`, b, c, c, "--json"], { permissions: PERMISSIONS });
  const { runsBefore, runsAfter, rows } = JSON.parse(stdout);
  assertEquals([runsBefore, runsAfter], [2, 3]);
  assertEquals([rows[0].before.median, rows[0].after.median, rows[0].withinSpread], [950, 800, true]);
});

Deno.test("merge: rates added, and a result that can be merged again", async () => {
  await using folder = await results();
  const [a, b] = ["a", "b"].map((name) => `${folder.path}/${name}.json`);
  const { code, stdout } = await runCli(["merge", a, b, "--json"], { permissions: PERMISSIONS });
  assertEquals(code, 0);
  const merged = readResult(stdout, "stdout");
  assertEquals([merged.merged, merged.rates.requestsPerSecond], [2, 1900]);
  await Deno.writeTextFile(`${folder.path}/m.json`, stdout);
  const text = await runCli(["merge", `${folder.path}/m.json`, a], { permissions: PERMISSIONS });
  assertStringIncludes(text.stdout, "3 results merged");
});

Deno.test("compare, merge: bad input: one line that names the file, exit 2", async () => {
  await using folder = await results();
  const [a, ping, text, none] = ["a.json", "ping.json", "text.txt", "none.json"].map((name) =>
    `${folder.path}/${name}`
  );
  const cases: [args: string[], says: string][] = [
    [["compare", a], "compare needs an AFTER.json"],
    [["compare", a, none], `cannot read ${none}: there is no such file`],
    [["compare", `${a},,${a}`, a], `bad list of files "${a},,${a}"`],
    [["compare", a, text], text],
    [["compare", a, ping], ping],
    [["merge"], "merge needs a RESULT.json"],
    [["merge", a, folder.path], `cannot read ${folder.path}`],
    [["compare", a, a, "--fail-if", "p99>5ms"], "--fail-if: bad gate"],
  ];
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await runCli(args, { permissions: PERMISSIONS });
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], `${args.join(" ")}: ${stderr}`);
    assertStringIncludes(stderr, says);
  }
  const denied = await runCli(["merge", a, a], { permissions: [] });
  assertEquals([denied.code, denied.stderr], [
    2,
    `sounder: cannot read ${a}: not permitted: run Deno with --allow-read\n`,
  ]);
});
