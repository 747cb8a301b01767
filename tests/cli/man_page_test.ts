import { assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT_CODES, TAGLINE } from "../../lib/cli/help_notes.ts";
import { MAN_EXAMPLES } from "../../lib/cli/man_examples.ts";
import { manPage } from "../../lib/cli/man_page.ts";
import { optionSummary } from "../../lib/cli/option_summary.ts";
import {
  type CommandName,
  COMMANDS,
  hasOption,
  isSocketOption,
  type OptionName,
  OPTIONS,
  optionSpec,
} from "../../lib/cli/option_table.ts";
import { parseCommandLine, placeholder } from "../../lib/cli/parse_command_line.ts";
import { roff } from "../../lib/cli/roff.ts";
import { VERSION } from "../../lib/core/version.ts";
import { missingProgram, testUnless } from "../support/needs.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const NAMES = Object.keys(OPTIONS) as OptionName[];
const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** Renders roff as a terminal of 80 columns shows it, without the backspaces of bold; with all warnings on stderr. */
async function render(page: string): Promise<{ text: string; warnings: string }> {
  await using folder = await temporaryFolder({ "sounder.1": page });
  const { stdout, stderr } = await new Deno.Command("man", {
    args: ["--warnings=w", "-l", `${folder.path}/sounder.1`],
    env: { MANWIDTH: "80", MAN_KEEP_FORMATTING: "", MANPAGER: "cat", LC_ALL: "C.UTF-8" },
  }).output();
  const decoder = new TextDecoder();
  return { text: decoder.decode(stdout), warnings: decoder.decode(stderr) };
}

/** The lines between a heading and the next. */
function sectionOf(text: string, heading: string): string {
  const lines = text.split("\n");
  const start = lines.indexOf(heading);
  assertEquals(start >= 0, true, `no ${heading} in the page`);
  const next = new RegExp(`^ {0,${heading.search(/\S/)}}\\S`);
  const length = lines.slice(start + 1).findIndex((line) => next.test(line));
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join("\n");
}

/** Without the breaks of its lines. */
function joined(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** An option as the page shows it: its forms, and what it does. */
function entry(name: OptionName, command?: CommandName): string {
  const spec = optionSpec(name, command);
  return `${spec.short ? `-${spec.short}, ` : ""}--${name} ${placeholder(spec)}`.trimEnd() + ` ${optionSummary(spec)}.`;
}

const noMan = await missingProgram("man", "groff");

testUnless(noMan, "man: the page renders at 80 columns without a warning", async () => {
  const { text, warnings } = await render(manPage());
  assertEquals(warnings, "");
  assertEquals(text.split("\n").filter((line) => line.length > 80), []);
  assertStringIncludes(text, `Sounder ${VERSION}`);
});

testUnless(await missingProgram("groff"), "man: groff has no warning either", async () => {
  await using folder = await temporaryFolder({ "sounder.1": manPage() });
  const args = ["-man", "-ww", "-z", "-Tutf8", `${folder.path}/sounder.1`];
  const { code, stderr } = await new Deno.Command("groff", { args }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});

testUnless(
  await missingProgram("mandoc"),
  "man: mandoc finds no error, and no warning but that there is no date",
  async () => {
    await using folder = await temporaryFolder({ "sounder.1": manPage() });
    const args = ["-T", "lint", "-W", "warning", `${folder.path}/sounder.1`];
    const { stdout } = await new Deno.Command("mandoc", { args }).output();
    const found = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    assertEquals(found.filter((line) => !line.includes("missing date")), []);
  },
);

testUnless(noMan, "man: each option of the table stands where its command's options are", async () => {
  const { text } = await render(manPage());
  for (const command of [undefined, ...COMMAND_NAMES]) {
    const own = NAMES.filter((name) =>
      !isSocketOption(name) && hasOption(command, name) && (command === undefined || !hasOption(undefined, name))
    );
    if (own.length === 0) continue;
    const section = joined(sectionOf(text, command === undefined ? "   Common options" : `   Options of ${command}`));
    assertEquals(section.trim(), own.map((name) => entry(name, command)).join(" "));
  }
});

testUnless(noMan, "man: each socket option, with the commands that have it", async () => {
  const section = joined(sectionOf((await render(manPage())).text, "   Socket options"));
  for (const name of NAMES.filter(isSocketOption)) {
    const owners = COMMAND_NAMES.filter((command) => hasOption(command, name)).join(", ");
    assertStringIncludes(section, `${entry(name)} Of ${owners}`);
  }
});

testUnless(noMan, "man: name, commands, exit codes, variable, and what else to read", async () => {
  const { text } = await render(manPage());
  assertEquals(joined(sectionOf(text, "NAME")).trim(), `sounder - ${TAGLINE}`);
  const synopsis = sectionOf(text, "SYNOPSIS").split("\n").map((line) => line.trim()).filter((line) => line !== "");
  assertEquals(synopsis, COMMAND_NAMES.map((name) => COMMANDS[name].usage));
  const commands = joined(sectionOf(text, "COMMANDS"));
  for (const name of COMMAND_NAMES) assertStringIncludes(commands, `${COMMANDS[name].usage} ${COMMANDS[name].summary}`);
  const codes = joined(sectionOf(text, "EXIT STATUS"));
  for (const [code, meaning] of EXIT_CODES) {
    assertStringIncludes(codes.toLowerCase(), ` ${code} ${meaning.toLowerCase()}`);
  }
  assertStringIncludes(sectionOf(text, "ENVIRONMENT"), "NO_COLOR");
  for (const manual of ["socket(7)", "tcp(7)", "ss(8)"]) assertStringIncludes(sectionOf(text, "SEE ALSO"), manual);
});

testUnless(noMan, "man: the examples are as they were written, and the command line takes each", async () => {
  const section = sectionOf((await render(manPage())).text, "EXAMPLES");
  for (const { what, commands } of MAN_EXAMPLES) {
    assertStringIncludes(joined(section), what);
    for (const command of commands) {
      assertStringIncludes(section, `${" ".repeat(11)}${command}\n`);
      const [, args] = /\bsounder (.+)$/.exec(command)!;
      assertEquals(parseCommandLine(args.split(" ")).command !== undefined, true);
    }
  }
});

testUnless(noMan, "man: text comes out of roff as it went in", async () => {
  const texts = [
    ".TH at the start",
    "'br too",
    "\\fB \\n \\\\ \\*x",
    "--dash -x a-b",
    'it\'s `q` "d" ^ ~ #',
    "1.5 .5 ...",
    "a\n.so b",
  ];
  const { text, warnings } = await render(
    ['.TH X 1 "" "end" ""', ".nh", ".SH NAME", ...texts.flatMap((it) => [roff(it), ".PP"])].slice(0, -1).join("\n"),
  );
  assertEquals(warnings, "");
  assertEquals(joined(sectionOf(text, "NAME")).trim(), joined(texts.join(" ")));
});
