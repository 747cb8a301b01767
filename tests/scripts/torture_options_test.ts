import { assertEquals, assertThrows } from "@std/assert";
import { TORTURE_CASES } from "../../scripts/torture/torture_cases.ts";
import { HELP, readOptions } from "../../scripts/torture/torture_options.ts";
import { torturedProgram } from "../../scripts/torture/tortured_program.ts";

const NAMES = ["flood", "rst", "rst-late"];

Deno.test("torture options: the defaults", () => {
  const defaults = { quick: false, seed: 862, only: NAMES, program: undefined, json: undefined };
  assertEquals(readOptions([], NAMES), { ...defaults, list: false, help: false });
});

Deno.test("torture options: what is asked for, the cases in their own order", () => {
  const args = ["--quick", "--seed", "0", "--only", "rst-late,flood", "--program=a/main.ts", "--json", "out.json"];
  const { quick, seed, only, program, json } = readOptions(args, NAMES);
  assertEquals([quick, seed, only, program, json], [true, 0, ["flood", "rst-late"], "a/main.ts", "out.json"]);
  assertEquals(readOptions(["--seed", "4294967295"], NAMES).seed, 2 ** 32 - 1);
  assertEquals([readOptions(["--list"], NAMES).list, readOptions(["--help"], NAMES).help], [true, true]);
});

const WRONG: [args: string[], message: string][] = [
  [["--seed", "-1"], '--seed: bad seed "-1": use a whole number from 0 to 4294967295'],
  [["--seed", "4294967296"], '--seed: bad seed "4294967296": use a whole number from 0 to 4294967295'],
  [["--seed", "1.5"], '--seed: bad seed "1.5": use a whole number from 0 to 4294967295'],
  [["--only", "floot"], '--only: unknown case "floot": did you mean flood?'],
  [["--only", "rst,"], '--only: unknown case "": use flood, rst, rst-late'],
  [["--only="], "--only: a value is missing"],
  [["--quick=yes"], '--quick: takes no value, not "yes"'],
  [["--quik"], "unknown option --quik: did you mean --quick?"],
  [["--jobs", "2"], "unknown option --jobs: see --help"],
  [["rst"], 'unexpected argument "rst": see --help'],
];

for (const [args, message] of WRONG) {
  Deno.test(`torture options: ${args.join(" ")} is wrong, in one line`, () => {
    assertThrows(() => readOptions(args, NAMES), SyntaxError, message);
  });
}

Deno.test("torture options: help names every option", () => {
  for (const name of ["quick", "seed", "only", "list", "program", "json", "help"]) {
    assertEquals(HELP.includes(`\n--${name} `), true, name);
  }
});

Deno.test("torture cases: each has a name of its own, and more to do and more time in full than quick", () => {
  const names = TORTURE_CASES.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const { name, limitMs } of TORTURE_CASES) assertEquals(limitMs.full >= limitMs.quick, true, name);
});

Deno.test("tortured program: main.ts of a tree by deno in that folder, else a binary, else a mistake", async () => {
  const root = new URL("../../", import.meta.url).pathname;
  const own = torturedProgram(undefined);
  assertEquals([own.name, own.path, own.args.at(-1), own.cwd], ["main.ts", Deno.execPath(), `${root}main.ts`, root]);
  const same = torturedProgram(`${root}main.ts`);
  assertEquals([same.args, same.cwd], [own.args, own.cwd]);
  const binary = await Deno.realPath(Deno.execPath());
  const { path, args } = torturedProgram(Deno.execPath());
  assertEquals([path, args], [binary, []]);
  assertThrows(() => torturedProgram("no/such/main.ts"), SyntaxError, "no program to torture at no/such/main.ts: ");
});
