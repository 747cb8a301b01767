import { assertEquals, assertStringIncludes } from "@std/assert";
import { bashCompletion } from "../../lib/cli/bash_completion.ts";
import { install, installComment } from "../../lib/cli/completion_install.ts";
import { completionModel } from "../../lib/cli/completion_model.ts";
import { fishCompletion } from "../../lib/cli/fish_completion.ts";
import { helpText } from "../../lib/cli/help.ts";
import { manPage } from "../../lib/cli/man_page.ts";
import { type CommandName, COMMANDS, type Shell } from "../../lib/cli/option_table.ts";
import { zshCompletion } from "../../lib/cli/zsh_completion.ts";
import { runCli } from "../support/cli.ts";

const NAMES = Object.keys(COMMANDS) as CommandName[];

const model = completionModel();
const SCRIPTS: Record<Shell, string> = {
  bash: bashCompletion(model),
  zsh: zshCompletion(model),
  fish: fishCompletion(model),
};
const SHELLS = Object.keys(SCRIPTS) as Shell[];

/** Runs what has to end well, and returns its stdout. */
async function output(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { permissions: [] });
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

Deno.test("help: the same text as --help, of all and of each command", async () => {
  assertEquals(await output("help"), helpText(undefined) + "\n");
  assertEquals(await output("--help"), helpText(undefined) + "\n");
  for (const name of ["serve", "man"] as const) {
    assertEquals(await output("help", name), helpText(name) + "\n");
    assertEquals(await output(name, "--help"), helpText(name) + "\n");
  }
});

Deno.test("help: --json is one object on both ways", async () => {
  const of = (about: CommandName | null) => ({ schema: 1, command: "help", about, text: helpText(about ?? undefined) });
  for (const args of [["help", "--json"], ["--help", "--json"]]) {
    assertEquals(JSON.parse(await output(...args)), of(null));
  }
  for (const args of [["help", "send", "--json"], ["send", "--help", "--json"]]) {
    assertEquals(JSON.parse(await output(...args)), of("send"));
  }
  assertEquals(JSON.parse(await output("help", "--help", "--json")), of("help"));
});

Deno.test("completions: the script of the shell, and as JSON", async () => {
  for (const shell of SHELLS) {
    assertEquals(await output("completions", shell), SCRIPTS[shell] + "\n");
    const object = { schema: 1, command: "completions", shell, script: SCRIPTS[shell] };
    assertEquals(JSON.parse(await output("completions", shell, "--json")), object);
  }
});

Deno.test("man: the page, and as JSON", async () => {
  assertEquals(await output("man"), manPage() + "\n");
  assertEquals(JSON.parse(await output("man", "--json")), { schema: 1, command: "man", page: manPage() });
});

Deno.test("help, completions and man: a wrong operand is exit 2 with the remedy, on stderr and as JSON", async () => {
  const all = NAMES.join(", ");
  const cases: [args: string[], message: string][] = [
    [["help", "sreve"], 'unknown command "sreve": did you mean serve?'],
    [["help", "dance"], `unknown command "dance": use ${all}`],
    [["help", "serve", "send"], 'unexpected argument "send": use sounder help [COMMAND]'],
    [["help", ""], `unknown command "": use ${all}`],
    [["completions"], "completions needs a shell: use bash, zsh, fish"],
    [["completions", "bahs"], 'unknown shell "bahs": did you mean bash?'],
    [["completions", "powershell"], 'unknown shell "powershell": use bash, zsh, fish'],
    [["completions", "fish", "zsh"], 'unexpected argument "zsh": use sounder completions bash|zsh|fish'],
    [["man", "serve"], 'unexpected argument "serve": use sounder man'],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runCli([...args, "--json"], { permissions: [] });
    assertEquals([code, stderr], [2, `sounder: ${message}\n`], args.join(" "));
    assertEquals(JSON.parse(stdout), { schema: 1, error: { kind: "usage", message } });
  }
});

Deno.test("completions: the script, the help and the README say the same on how to install it", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  for (const shell of SHELLS) {
    const head = shell === "zsh" ? "#compdef sounder\n" : "";
    assertEquals(SCRIPTS[shell].startsWith(head + installComment(shell).join("\n")), true, shell);
    const commands = installComment(shell).flatMap((line) => /^# {3}(.+)$/.exec(line)?.[1] ?? []);
    assertEquals(commands.length, 3);
    for (const command of commands) assertStringIncludes(readme, command);
    const { file, alternative } = install(shell);
    for (const text of [file, alternative.command]) assertStringIncludes(helpText("completions"), text);
  }
  assertStringIncludes(readme, "sounder man | man -l -");
});
