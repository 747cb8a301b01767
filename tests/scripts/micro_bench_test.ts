import { assert, assertEquals } from "@std/assert";
import { stdFlags } from "../../scripts/std_flags.ts";

const ROOT = new URL("../../", import.meta.url);
const FOLDER = new URL("scripts/bench/micro/", ROOT);

/** What `deno bench --json` prints, as far as it matters here. */
interface Report {
  benches: { origin: string; results: { ok?: unknown; failed?: unknown }[] }[];
}

Deno.test("deno bench: a bare one finds the micro-benchmarks, and each runs without a permission", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bench", "--no-prompt", "--json", "--preload=tests/support/bench_once.ts", ...stdFlags()],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [printed, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(printed.startsWith("{"), said);
  const { benches }: Report = JSON.parse(printed);
  const failures = benches.flatMap(({ results }) => results.filter(({ ok }) => !ok));
  assertEquals(failures, []);

  const files: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) files.push(new URL(name, FOLDER).href);
  assertEquals(benches.map(({ origin }) => origin).sort(), files.sort());
});
