import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { missingProgram, testUnless } from "../support/needs.ts";
import { cannotWalk, isGone, readmeFixture } from "../support/readme_fixture.ts";

const noGit = cannotWalk ?? await missingProgram("git");

testUnless(cannotWalk, "readme: commands that hold pass, and share a terminal", async () => {
  await using it = await readmeFixture([
    "```sh",
    "mkdir sub",
    "cd sub",
    "X=it\\'s",
    "for x in 1 2; do",
    '  echo "$x $X" >> ../both',
    "done",
    "```",
    "```console",
    "$ pwd | grep -c /sub",
    "1",
    "$ (exit 3)   # exits 3",
    "$ cat ../both \\",
    "  ../both | tail -n 1",
    "7 it's",
    "$ cat    # stdin is empty",
    "```",
    '```sh not-run="after the release"',
    "no such thing",
    "```",
  ]);
  const { code, lines, output } = await it.walk();
  assertEquals([code, lines.at(-1)], [0, "8 commands passed, 0 failed, 1 left out"], output);
  assertEquals(lines.slice(lines.indexOf("README.md:19: no such thing"))[1], "  left out: after the release");
});

testUnless(cannotWalk, "readme: a folder without README.md is a wrong argument", async () => {
  await using it = await readmeFixture([]);
  await Deno.remove(`${it.folder}/README.md`);
  const { code, output } = await it.walk("--list");
  assertEquals(code, 2, output);
  assertStringIncludes(output, `readme: cannot read ${it.folder}/README.md: `);
  assertEquals(output.trimEnd().split("\n").length, 1, output);
});

interface Failing {
  name: string;
  readme: string[];
  /** In the list of what failed. */
  failed: RegExp;
  last: string;
}

const FAILING: Failing[] = [
  {
    name: "a command that fails, with its line, and the next one runs",
    readme: ["# T", "```sh", "true", "echo told >&2; false | true", "true", "```"],
    failed: /^FAILED README\.md:4: echo told >&2; false \| true: exit 1, not 0$/,
    last: "2 commands passed, 1 failed, 0 left out",
  },
  {
    name: "a command that fails in the middle of a compound one",
    readme: ["```sh", "{ false", "true; }", "```"],
    failed: /^FAILED README\.md:2: \{ false: exit 1, not 0$/,
    last: "0 commands passed, 1 failed, 0 left out",
  },
  {
    name: "an exit code that is not the one promised",
    readme: ["```sh", "true # exit 1", "```"],
    failed: /exit 0, not 1$/,
    last: "0 commands passed, 1 failed, 0 left out",
  },
  {
    name: "a program that nobody has, which is a mistake in the text",
    readme: ["```sh", "deon task serf", "```"],
    failed: /exit 127, not 0$/,
    last: "0 commands passed, 1 failed, 0 left out",
  },
  {
    name: "a wrong output",
    readme: ["```console", "$ echo 7 bytes", "8 octets", "```"],
    failed: /README\.md:2: echo 7 bytes: shown, and did not come here: 8 octets$/,
    last: "0 commands passed, 1 failed, 0 left out",
  },
  {
    name: "a syntax error",
    readme: ["```sh", "if true; echo", "true", "```"],
    failed: /README\.md:2: if true; echo: exit [12], not 0$/,
    last: "0 commands passed, 1 failed, 0 left out",
  },
  {
    name: "an unset variable",
    readme: ["```sh", "echo $NOT_SET_ANYWHERE", "```"],
    failed: /exit (?:1|127), not 0$/,
    last: "0 commands passed, 1 failed, 0 left out",
  },
  {
    name: "a command after one that closed the terminal with 0",
    readme: ["```sh", "exit 0", "false", "```"],
    failed: /README\.md:3: false: exit 1, not 0$/,
    last: "1 commands passed, 1 failed, 0 left out",
  },
];

for (const { name, readme, failed, last } of FAILING) {
  testUnless(cannotWalk, `readme: finds ${name}`, async () => {
    await using it = await readmeFixture(readme);
    const { code, lines, output } = await it.walk();
    assertEquals([code, lines.at(-1)], [1, last], output);
    assertMatch(lines.filter((line) => line.startsWith("FAILED")).join("\n"), failed);
  });
}

testUnless(cannotWalk, "readme: ends a command that takes too long", async () => {
  await using it = await readmeFixture(["```sh", "echo $$ > pid; sleep 600 & echo $! > child; wait", "```"]);
  const { code, output } = await it.walk("--timeout", "2");
  assertEquals(code, 1);
  assertStringIncludes(output, "not done after 2 s");
  assertEquals([await isGone(`${it.folder}/pid`), await isGone(`${it.folder}/child`)], [true, true]);
});

testUnless(noGit, "readme: a clone that is not as it was is a failure", async () => {
  await using it = await readmeFixture(["```sh", "touch new; rm -f new", "```", "```sh", "touch left-behind", "```"]);
  const git = new Deno.Command("git", { args: ["init", "-q"], cwd: it.folder });
  assertEquals((await git.output()).success, true);
  assertEquals((await it.walk("--only", "new")).code, 0);
  const none = await it.walk("--only", "nosuch");
  assertEquals(none.code, 2);
  assertStringIncludes(none.output, "no command matches --only nosuch: see --list");
  const { code, lines, output } = await it.walk();
  assertEquals([code, lines.at(-1)], [1, "2 commands passed, 1 failed, 0 left out"], output);
  assertStringIncludes(output, "?? left-behind");
});

testUnless(cannotWalk, "readme: --list runs nothing and says what would be", async () => {
  await using it = await readmeFixture(["```sh", "touch ran", "./sounder serve", "false # exit 1", "```"]);
  const { code, output } = await it.walk("--list", "--except", "touch");
  assertEquals(code, 0);
  assertEquals(
    output,
    "README.md:2: touch ran\n  left out: --except touch\nREADME.md:3: ./sounder serve\n  server\nREADME.md:4: false # exit 1\n  exit 1\n",
  );
});

testUnless(cannotWalk, "readme: what cannot be read is told in a line, exit 2", async () => {
  await using it = await readmeFixture(["```sh notrun", "a", "```"]);
  for (
    const [args, told] of [
      [["--nope"], "--nope"],
      [["--timeout", "soon"], "--timeout soon"],
      [["--only", "("], "/(/"],
      [[], "the fence before line 2 says notrun"],
    ] as const
  ) {
    const { code, output } = await it.walk(...args);
    assertEquals(code, 2, output);
    assertStringIncludes(output, told);
    assertEquals(output.trimEnd().split("\n").length, 1, output);
  }
});
