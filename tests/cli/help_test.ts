import { assertEquals, assertStringIncludes } from "@std/assert";
import { helpText } from "../../lib/cli/help.ts";
import { SOCKET_NOTE } from "../../lib/cli/help_notes.ts";
import { type CommandName, COMMANDS, hasOption, type OptionName, OPTIONS } from "../../lib/cli/option_table.ts";
import { parseDuration } from "../../lib/core/units.ts";
import { runCli } from "../support/cli.ts";
import { faultMarkdown, optionMarkdown, socketOptionMarkdown } from "../support/option_markdown.ts";

const names = Object.keys(OPTIONS) as OptionName[];

Deno.test("the help of a command has each of its options and no other", () => {
  for (const command of Object.keys(COMMANDS) as CommandName[]) {
    const shown = [...helpText(command).matchAll(/^ {2}(?:-\w, | {4})--([\w-]+)/gm)].map(([, name]) => name);
    assertEquals(shown, names.filter((name) => hasOption(command, name)).sort(commonLast));
    assertStringIncludes(helpText(command), COMMANDS[command].usage);
  }
});

Deno.test("the help of a command explains the values that it takes, and no others", () => {
  const notes = ["Addresses: ", "Times: ", "Sizes: ", SOCKET_NOTE, "Exit codes: 0 all good; 1 "];
  const explained: [CommandName, boolean[]][] = [
    ["serve", [false, true, true, true, true]],
    ["send", [true, true, true, true, true]],
    ["sockopt", [false, false, false, false, true]],
    ["man", [false, false, false, false, true]],
  ];
  for (const [command, expected] of explained) {
    assertEquals(notes.map((note) => helpText(command).includes(note)), expected, command);
  }
});

Deno.test("the help names each unit of time, in forms that are taken, and the README the same", () => {
  const named = /^Times: (.+?) or plain seconds\./m.exec(helpText("serve"))![1].split(", ");
  for (const form of named) parseDuration(form);
  assertEquals(named.map((form) => form.replace(/[\d.]+/, "")), ["ms", "s", "m", "h"]);
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  assertStringIncludes(readme, `Times are ${named.map((form) => `\`${form}\``).join(", ")} or plain seconds;`);
});

function commonLast(a: OptionName, b: OptionName): number {
  return Number(hasOption(undefined, a)) - Number(hasOption(undefined, b));
}

Deno.test("no option of the help is wider than 100 columns", () => {
  for (const command of [undefined, ...Object.keys(COMMANDS) as CommandName[]]) {
    const options = helpText(command).split("\n").filter((line) => line.startsWith("      ") || line.startsWith("  -"));
    for (const line of options) assertEquals(line.length <= 100, true, line);
  }
});

Deno.test("the README's tables of options and faults are those of the program", async () => {
  const readme = squeeze(await Deno.readTextFile(new URL("../../README.md", import.meta.url)));
  for (const wanted of ["serve", "send", "ping", "bench", "compare", "merge", "common"] as const) {
    assertStringIncludes(readme, squeeze(optionMarkdown(wanted)));
  }
  assertStringIncludes(readme, squeeze(socketOptionMarkdown()));
  assertStringIncludes(readme, squeeze(faultMarkdown()));
});

/** Without the spaces and dashes with which the formatter aligns a table. */
function squeeze(markdown: string): string {
  return markdown.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");
}

Deno.test("--help goes to stdout and exits with 0, before and after the command", async () => {
  for (const args of [["--help"], ["serve", "--help"], ["--help", "serve"], ["send", "-h"]]) {
    const { code, stdout, stderr } = await runCli(args, { permissions: [] });
    assertEquals([code, stderr], [0, ""], args.join(" "));
    assertStringIncludes(stdout, "sounder ");
  }
});

Deno.test("--version is that of deno.json", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assertEquals((await runCli(["--version"], { permissions: [] })).stdout, `sounder ${version}\n`);
  const { stdout } = await runCli(["--version", "--json"], { permissions: [] });
  const { schema, name, version: told } = JSON.parse(stdout);
  assertEquals([schema, name, told], [1, "sounder", version]);
});
