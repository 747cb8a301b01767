import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { codeBlocks } from "../../scripts/readme/code_blocks.ts";
import { programsOf, type Selection, whyLeftOut } from "../../scripts/readme/left_out.ts";
import { serverCommand } from "../../scripts/readme/server_command.ts";
import { type IsWhole, isWholeForBash, shellCommands } from "../../scripts/readme/shell_commands.ts";
import { missingProgram, testUnless } from "../support/needs.ts";

const noBash = await missingProgram("bash");

Deno.test("readme: codeBlocks reads fences, their marks and their lines", () => {
  const markdown = [
    "text with `code` and ```a span```",
    '```console not-run="needs a peer" excerpt',
    "$ ls",
    "````",
    "",
    "- in a list:",
    "  ~~~sh",
    "  a",
    "    b",
    "  ```",
    "  ~~~",
    "```",
    "plain",
    "```",
  ].join("\n");
  assertEquals(codeBlocks(markdown), [
    { language: "console", marks: { "not-run": "needs a peer", excerpt: true }, firstLine: 3, lines: ["$ ls"] },
    { language: "sh", marks: {}, firstLine: 8, lines: ["a", "  b", "```"] },
    { language: "", marks: {}, firstLine: 13, lines: ["plain"] },
  ]);
});

Deno.test("readme: codeBlocks refuses a fence without an end and marks that cannot be read", () => {
  assertThrows(() => codeBlocks("a\n```sh\nls\n"), SyntaxError, "begins in line 3");
  assertThrows(() => codeBlocks('```sh not-run="a\n```\n'), SyntaxError, "line 1");
  assertThrows(() => codeBlocks("```sh not-run='a b'\n```\n"), SyntaxError, "line 1");
});

/** One line is one command. */
const eachLine: IsWhole = () => true;

/** Line number and text of each command. */
function found(markdown: string, isWhole: IsWhole = eachLine): [number, string][] {
  return shellCommands(markdown, isWhole).map(({ line, text }) => [line, text]);
}

Deno.test("readme: shellCommands takes sh and console blocks, in order, and no others", () => {
  const markdown =
    "```ts\na\n```\n```sh\n# note\n\nb # c\n```\n```console\n$ d \\\n  e\nf\n$ g\n```\n```python\nh\n```";
  assertEquals(found(markdown), [[7, "b # c"], [10, "d \\\n  e"], [13, "g"]]);
  const [b, d, g] = shellCommands(markdown, eachLine);
  assertEquals([b.shown, d.shown, g.shown], [undefined, ["f"], []]);
});

Deno.test("readme: shellCommands reads what the fence and the comment say", () => {
  const [a, b] = shellCommands('```console excerpt shown-on="Linux 6"\n$ a # exits 2\n$ b "exit 3"\n```', eachLine);
  assertEquals([a.excerpt, a.shownOn, a.notRun, a.exitCode, b.exitCode], [true, "Linux 6", undefined, 2, 0]);
  const cases: [text: string, exitCode: number][] = [
    ["a # exit 1", 1],
    ["a   # through a liar; exit 1", 1],
    ["a # exits 143 at Ctrl-C", 143],
    ["a # the exit 1 km on", 1],
    ["a # exit", 0],
    ["a#exit 1", 0],
    ["exit 1", 0],
  ];
  for (const [text, exitCode] of cases) {
    assertEquals(shellCommands(`\`\`\`sh\n${text}\n\`\`\``, eachLine)[0].exitCode, exitCode, text);
  }
  assertEquals(shellCommands('```sh not-run="after the release"\na\n```', eachLine)[0].notRun, "after the release");
  assertEquals(shellCommands("```powershell\na\n```", eachLine)[0].notRun, "is for powershell");
});

Deno.test("readme: shellCommands refuses marks that it does not know, and output without a command", () => {
  for (const mark of ["notrun", "not-run", 'not-run=""', 'excerpt="yes"', "toString"]) {
    assertThrows(() => shellCommands(`\`\`\`sh ${mark}\na\n\`\`\``, eachLine), SyntaxError, "the fence before line 2");
  }
  assertThrows(
    () => shellCommands("```console\nout\n$ a\n```"),
    SyntaxError,
    "line 2: output before the first command",
  );
  assertEquals(shellCommands("```ts ignore\na\n```"), []);
});

testUnless(noBash, "readme: shellCommands keeps together what bash reads as one command", () => {
  const wholes = [
    "a",
    "a \\\n  b",
    "for x in 1 2; do\n  echo $x\ndone",
    "cat <<END\n$ not a prompt\nEND",
    "echo 'two\nlines'",
    "a |\n  b",
    "a &&\n  b",
    "if a; then b\nfi",
    "f() {\n  a\n}",
    "a &",
    "echo \\\\",
  ];
  for (const text of wholes) {
    const lines = text.split("\n");
    assertEquals(isWholeForBash(text), true, text);
    for (let end = 1; end < lines.length; end++) {
      assertEquals(isWholeForBash(lines.slice(0, end).join("\n")), false, text);
    }
  }
  let line = 2;
  const expected = wholes.map((text): [number, string] => {
    const at = line;
    line += text.split("\n").length;
    return [at, text];
  });
  assertEquals(found(`\`\`\`sh\n${wholes.join("\n")}\n\`\`\``, isWholeForBash), expected);
});

Deno.test("readme: serverCommand knows what starts a server, and on which port", () => {
  const cases: [text: string, port: number | undefined, foreground?: string][] = [
    ["deno task serve", 9999],
    ["deno task serve    # an echo server", 9999, "deno task serve"],
    ["deno task -q serve --port 7000", 7000],
    ["deno task serve --port=7001 --quiet &", 7001, "deno task serve --port=7001 --quiet "],
    ["npx -y deno@2.9.6 task serve -p 0", 0],
    ["deno task -q sounder serve -p 7", 7],
    ["sounder serve", 9999],
    ["./dist/sounder-0.1.0-x86_64-unknown-linux-gnu serve", 9999],
    ["deno run --allow-net main.ts serve", 9999],
    ["deno run --allow-net jsr:@sounder/tcp/cli serve", 9999],
    ["X=1 sounder serve", 9999],
    ["sounder serve --help", undefined],
    ["sounder help serve", undefined],
    ["sounder send :9999 serve", undefined],
    ["deno task server", undefined],
    ["deno task test", undefined],
    ["echo a # then deno task serve", undefined],
  ];
  for (const [text, port, foreground = text] of cases) {
    assertEquals(serverCommand(text), port === undefined ? undefined : { port, foreground }, text);
  }
});

Deno.test("readme: programsOf finds the programs that may be missing where commands begin", () => {
  const cases: [text: string, programs: string[]][] = [
    ["time head -c 1M /dev/zero | socat - TCP:127.0.0.1:9999 | sha256sum", ["sha256sum", "socat"]],
    ["npx -y deno@2.9.6 task serve", ["npx"]],
    ["deno task test && ncat a; nc b", ["nc", "ncat"]],
    ["A=1 B=2 docker run x", ["docker"]],
    ["(sudo systemctl start x)", ["sudo", "systemctl"]],
    ["a \\\n  | nc b", ["nc"]],
    ["echo socat", []],
    ["echo '| socat'", []],
    ["a # | socat", []],
    ["deon task test", []],
    ["ncat-like", []],
  ];
  for (const [text, programs] of cases) assertEquals(programsOf(text), programs, text);
});

Deno.test("readme: whyLeftOut names the mark, the option or the program", () => {
  const here = (program: string) => program !== "socat";
  const why = (text: string, selection: Partial<Selection>, notRun?: string) =>
    whyLeftOut({ text, notRun }, { except: [], only: [], ...selection }, here);
  assertEquals(why("a", {}), undefined);
  assertEquals(why("a", {}, "after the release"), "after the release");
  assertEquals(why("deno task test", { except: [/x/, /task test/] }), "--except task test");
  assertEquals(why("deno task test", { only: [/serve/] }), "not in --only");
  assertEquals(why("deno task test", { only: [/serve/, /test$/] }), undefined);
  assertEquals(why("deno task test", { only: [/test/], except: [/test/] }), "--except test");
  assertEquals(why("ncat a | socat b", {}), "no socat here");
});

testUnless(
  noBash,
  "readme: every command of our README is found, and none that is left out is without a reason",
  async () => {
    const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
    const commands = shellCommands(readme);
    const lines = readme.split("\n");
    for (const { line, text, notRun } of commands) {
      assertStringIncludes(lines[line - 1], text.split("\n")[0]);
      assertEquals(notRun?.trim() === "", false, text);
    }
    const prompts = lines.filter((line) => line.startsWith("$ ")).length;
    assertEquals(commands.filter(({ shown }) => shown !== undefined).length, prompts);
  },
);
