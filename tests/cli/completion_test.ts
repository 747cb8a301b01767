import { assertEquals } from "@std/assert";
import { bashCompletion } from "../../lib/cli/bash_completion.ts";
import { type CompletionModel, completionModel, type CompletionOption } from "../../lib/cli/completion_model.ts";
import { fishCompletion } from "../../lib/cli/fish_completion.ts";
import {
  type CommandName,
  COMMANDS,
  hasOption,
  type OptionName,
  OPTIONS,
  optionSpec,
  type Shell,
} from "../../lib/cli/option_table.ts";
import { zshCompletion } from "../../lib/cli/zsh_completion.ts";
import { completeInShell, KNOWN_HOST } from "../support/complete_in_shell.ts";
import { missingProgram, notLinux, notPosix, testUnless } from "../support/needs.ts";

const SCRIPTS: Record<Shell, (model: CompletionModel) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
const SHELLS = Object.keys(SCRIPTS) as Shell[];
const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** A test for each of some shells; a shell that is not here is skipped. */
async function testInShells(
  shells: readonly Shell[],
  name: string,
  fn: (shell: Shell) => Promise<void>,
  missing?: string,
): Promise<void> {
  for (const shell of shells) {
    testUnless(
      missing ?? notPosix() ?? await missingProgram(shell),
      `completion in ${shell}: ${name}`,
      () => fn(shell),
    );
  }
}

/** The words that a shell offers for each line. */
async function words(shell: Shell, lines: string[]): Promise<string[][]> {
  return (await completeInShell(shell, SCRIPTS[shell](completionModel()), lines)).map((offers) => offers.words);
}

/** Every form of the options that the table gives a command. */
function forms(command: CommandName | undefined): string[] {
  return (Object.keys(OPTIONS) as OptionName[]).filter((name) => hasOption(command, name)).flatMap((name) => {
    const { short } = optionSpec(name, command);
    return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
  }).sort();
}

await testInShells(SHELLS, "its own parser takes the script", async (shell) => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, SCRIPTS[shell](completionModel()));
  const { code, stderr } = await new Deno.Command(shell, { args: ["-n", file] }).output();
  await Deno.remove(file);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});

await testInShells(SHELLS, "each command has the options of the table, and no other", async (shell) => {
  const offered = await words(shell, ["sounder -", ...COMMAND_NAMES.map((name) => `sounder ${name} -`)]);
  assertEquals(offered, [undefined, ...COMMAND_NAMES].map(forms));
});

await testInShells(SHELLS, "commands, options, values and operands stand where they belong", async (shell) => {
  const commands = [...COMMAND_NAMES].sort();
  const services = [...OPTIONS.service.choices].sort();
  const cases: [line: string, offered: string[]][] = [
    ["sounder ", commands],
    ["sounder se", ["send", "serve"]],
    ["sounder x", []],
    ["sounder --json ", commands],
    ["sounder -q --log-level debug so", ["sockopt"]],
    ["sounder --log-level=debug so", ["sockopt"]],
    ["sounder --log-level ", ["debug", "error", "info", "warn"]],
    ["sounder --log-level=w", ["warn"]],
    ["sounder --serv", []],
    ["sounder serve --serv", ["--service"]],
    ["sounder send :9 --serv", []],
    ["sounder --json serve --ho", ["--host"]],
    ["sounder serve --json --ho", ["--host"]],
    ["sounder serve --service ", services],
    ["sounder serve --service d", ["discard"]],
    ["sounder serve --service=", services],
    ["sounder serve --service=d", ["discard"]],
    ["sounder serve --service echo --log-f", ["--log-format"]],
    ["sounder serve -p ", []],
    ["sounder serve -p 80 --serv", ["--service"]],
    ["sounder serve -p80 --serv", ["--service"]],
    ["sounder serve -vp 80 --serv", ["--service"]],
    ["sounder serve -vp ", []],
    ["sounder serve --port ", []],
    ["sounder serve --sockopt 6:3=1 --socko", ["--sockopt"]],
    ["sounder serve --port=", []],
    ["sounder serve --grace ", []],
    ["sounder serve --congestion ", []],
    ["sounder serve --workers ", ["auto"]],
    ["sounder bench :9 --workers=a", ["auto"]],
    // The value of an option is no command.
    ["sounder --log-level serve ", commands],
    ["sounder serve --host ", [KNOWN_HOST]],
    ["sounder serve --host=", [KNOWN_HOST]],
    ["sounder send ", [KNOWN_HOST]],
    ["sounder send dep", [KNOWN_HOST]],
    ["sounder send -q --timeout 1s ", [KNOWN_HOST]],
    ["sounder send -- ", [KNOWN_HOST]],
    ["sounder send localhost:9999 ", []],
    ["sounder send localhost:9999 fi", []],
    ["sounder send localhost:9999 --no-v", ["--no-verify"]],
    ["sounder send :9999 serve --no-v", ["--no-verify"]],
    ["sounder send :9999 -- -", []],
    ["sounder send :9999 -- --no-v", []],
    ["sounder send :9999 a -- --no-v", []],
    ["sounder help ", commands],
    ["sounder help --json com", ["compare", "completions"]],
    ["sounder help serve s", []],
    ["sounder completions ", ["bash", "fish", "zsh"]],
    ["sounder completions --json z", ["zsh"]],
    ["sounder completions -- f", ["fish"]],
    ["sounder completions bash z", []],
    ["sounder man x", []],
    ["sounder serve fi", []],
    ["sounder nonsense --ho", []],
    ["sounder -- ", []],
  ];
  const offered = await words(shell, cases.map(([line]) => line));
  for (const [i, [line, expected]] of cases.entries()) {
    // The shells know this machine's hosts as well.
    const hosts = expected.includes(KNOWN_HOST);
    assertEquals(hosts ? offered[i].filter((word) => word === KNOWN_HOST) : offered[i], expected, line);
    if (hosts) assertEquals(offered[i].includes("file"), false, line);
  }
});

await testInShells(SHELLS, "--bind-device has the network interfaces", async (shell) => {
  const [offered] = await words(shell, ["sounder serve --bind-device "]);
  assertEquals(offered.filter((name) => name === "lo"), ["lo"]);
}, notLinux());

// Bash needs a package for that.
await testInShells(["zsh", "fish"], "the shell finds it where the installation puts it", async (shell) => {
  const options = { installed: true };
  const [offered] = await completeInShell(shell, SCRIPTS[shell](completionModel()), ["sounder serve --serv"], options);
  assertEquals(offered.words, ["--service"]);
});

// Bash has no place for it.
await testInShells(["zsh", "fish"], "it says what each command and option does", async (shell) => {
  const { common, commands } = completionModel();
  const options = [...commands.flatMap(({ options }) => options), ...common];
  const lines = [
    "sounder ",
    ...commands.flatMap(({ name, options }) => options.map(({ long }) => `sounder ${name} ${long}`)),
  ];
  const [ofCommands, ...ofOptions] = await completeInShell(shell, SCRIPTS[shell](completionModel()), [
    ...lines,
    ...common.map(({ long }) => `sounder ${long}`),
  ]);
  for (const { name, summary } of commands) assertEquals(ofCommands.descriptions[name], summary);
  for (const [i, { long, summary }] of options.entries()) {
    assertEquals(ofOptions[i].descriptions[long], summary, long);
  }
});

/** What a shell might take for its own: quotes, brackets, variables, commands, patterns. */
const NASTY = "a 'b' \"c\" [d] $HOME `e` $(f) {g,h} i|j k:l \\m %n #o *p ?q ~r !s <t> &u; (v)";

/** A command line with all that a table may come to have: what is not in Sounder's own yet. */
const FOREIGN: CompletionModel = {
  common: [option("json", { summary: NASTY }), option("color", { value: ["never", "always"], short: "-x" })],
  commands: [
    {
      name: "ping",
      summary: NASTY,
      options: [
        option("count", { short: "-c", value: "nothing" }),
        option("gate", { value: ["p99:5ms", "p99:9ms"], summary: NASTY, placeholder: NASTY }),
        option("many", { value: ["one", "two"], repeated: true }),
      ],
      operands: [{ name: NASTY, kind: "choice", value: ["red", "blue"], repeated: true }],
    },
    {
      name: "bench",
      summary: "",
      options: [option("checked", { short: "-c" }), option("report", { short: "-r", value: "files" })],
      operands: [{ name: "first", kind: "choice", value: ["up"] }, { name: "NEXT", kind: "text", value: "nothing" }],
    },
  ],
};

function option(name: string, rest: Partial<CompletionOption>): CompletionOption {
  return { long: `--${name}`, summary: name, placeholder: "VALUE", value: undefined, repeated: false, ...rest };
}

await testInShells(SHELLS, "whatever the table comes to hold", async (shell) => {
  const cases: [line: string, offered: string[]][] = [
    ["sounder ", ["bench", "ping"]],
    ["sounder -x ", ["always", "never"]],
    ["sounder -x never p", ["ping"]],
    ["sounder ping --ga", ["--gate"]],
    ["sounder ping --gate p", ["p99:5ms", "p99:9ms"]],
    // The same letter, with a value and without.
    ["sounder ping -c ", []],
    ["sounder ping -c 5 --man", ["--many"]],
    ["sounder ping -c 5 r", ["red"]],
    ["sounder bench -c u", ["up"]],
    ["sounder bench -cx ", ["always", "never"]],
    ["sounder ping --many one --man", ["--many"]],
    ["sounder ping ", ["blue", "red"]],
    ["sounder ping red green b", ["blue"]],
    ["sounder bench up u", []],
    ["sounder bench up -- u", []],
    ["sounder bench --js", ["--json"]],
  ];
  const offers = await completeInShell(shell, SCRIPTS[shell](FOREIGN), cases.map(([line]) => line));
  for (const [i, [line, expected]] of cases.entries()) assertEquals(offers[i].words, expected, line);
  if (shell !== "bash") {
    assertEquals(offers[0].descriptions.ping, NASTY);
    assertEquals(offers[3].descriptions["--gate"], NASTY);
    assertEquals(offers.at(-1)?.descriptions["--json"], NASTY);
  }
});

await testInShells(SHELLS, "files where a file is meant", async (shell) => {
  const lines = ["sounder bench --report ", "sounder bench -r fi", "sounder bench --report up "];
  const offers = await completeInShell(shell, SCRIPTS[shell](FOREIGN), lines);
  assertEquals(offers.map(({ files, words }) => files || words.includes("file")), [true, true, false]);
});
