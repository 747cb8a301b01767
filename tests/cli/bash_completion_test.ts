import { assertEquals } from "@std/assert";
import { bashCompletion } from "../../lib/cli/bash_completion.ts";
import { completionModel } from "../../lib/cli/completion_model.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";
import { openTerminal, type Terminal } from "../support/interop_terminal.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const SCRIPT = bashCompletion(completionModel());

testUnless(await missingProgram("shellcheck"), "completion in bash: shellcheck finds nothing", async () => {
  await using folder = await temporaryFolder({ script: SCRIPT });
  const args = ["--shell=bash", "--norc", `${folder.path}/script`];
  const { stdout } = await new Deno.Command("shellcheck", { args }).output();
  assertEquals(new TextDecoder().decode(stdout), "");
});

/** A state of the line as bash hands it to a completion function. */
interface State {
  line: string;
  /** Where the cursor stands; at the end if left out. */
  point?: number;
  words: string[];
  /** COMP_WORDBREAKS; bash's own if left out. */
  breaks?: string;
}

/** What the script replies, and, after it, what it asks of compopt. */
async function reply({ line, point = line.length, words, breaks = " \t\n\"'><=;|&(:" }: State): Promise<string[]> {
  const program = `
    eval "$(cat)"
    compopt() { asked="$*"; }
    COMP_LINE=$1 COMP_POINT=$2 COMP_WORDBREAKS=$3 COMP_WORDS=("\${@:4}") COMP_CWORD=$(($# - 4))
    _sounder
    printf '%s\\n' "\${COMPREPLY[@]}" \${asked+"$asked"}`;
  const args = ["--noprofile", "--norc", "-c", program, "bash", line, String(point), breaks, ...words];
  const child = new Deno.Command("bash", { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(SCRIPT));
  await writer.close();
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter((word) => word !== "");
}

const noBash = notPosix() ?? await missingProgram("bash");

testUnless(noBash, "completion in bash: replies replace what bash cuts off, wherever that is", async () => {
  const line = "sounder serve --service=e";
  const cut = ["sounder", "serve", "--service", "=", "e"];
  assertEquals(await reply({ line, words: cut }), ["echo"]);
  // Bash 3 hands over whole words and cuts all the same.
  assertEquals(await reply({ line, words: ["sounder", "serve", "--service=e"] }), ["echo"]);
  const whole = { line, words: ["sounder", "serve", "--service=e"], breaks: " \t\n" };
  assertEquals(await reply(whole), ["--service=echo"]);
});

testUnless(noBash, "completion in bash: what stands after the cursor does not count", async () => {
  const words = ["sounder", "serve", "--serfoo"];
  assertEquals(await reply({ line: "sounder serve --serfoo", point: 19, words }), ["--service"]);
  assertEquals(await reply({ line: "sounder serve --serfoo", words }), []);
});

testUnless(noBash, "completion in bash: = and : between blanks are words", async () => {
  const words = ["sounder", "completions", "=", ""];
  assertEquals(await reply({ line: "sounder completions = ", words }).then((all) => all.includes("bash")), false);
  assertEquals(await reply({ line: "sounder completions  ba", words: ["sounder", "completions", "ba"] }), ["bash"]);
});

testUnless(noBash, "completion in bash: a redirection takes a file, and is none of sounder's words", async () => {
  const files = ["-o default"];
  assertEquals(await reply({ line: "sounder send :9 < ", words: ["sounder", "send", ":", "9", "<", ""] }), files);
  assertEquals(await reply({ line: "sounder man > ma", words: ["sounder", "man", ">", "ma"] }), files);
  assertEquals(await reply({ line: "sounder man >", words: ["sounder", "man", ">"] }), files);
  const after = ["sounder", "completions", ">", "file", "z"];
  assertEquals(await reply({ line: "sounder completions > file z", words: after }), ["zsh"]);
});

testUnless(noBash, "completion in bash: a host may be followed by its port, so no blank is added", async () => {
  const hosts = await reply({ line: "sounder send localhos", words: ["sounder", "send", "localhos"] });
  assertEquals(hosts.at(-1), "-o nospace");
  const values = await reply({ line: "sounder serve --service e", words: ["sounder", "serve", "--service", "e"] });
  assertEquals(values, ["echo"]);
});

async function openBash(script: string): Promise<Terminal> {
  const terminal = await openTerminal("/", { HISTFILE: "/dev/null" });
  await terminal.type("exec bash --noprofile --norc");
  await terminal.until(/^bash-[\d.]+[#$]/m);
  await terminal.type(`eval "$(cat ${script})"; PS1='> '`);
  await terminal.until(/^> $/m);
  return terminal;
}

testUnless(
  noBash ?? await missingProgram("tmux"),
  "completion in bash: Tab on a terminal writes options and values",
  async () => {
    await using folder = await temporaryFolder({ script: SCRIPT });
    await using terminal = await openBash(`${folder.path}/script`);
    await press(terminal, "sounder ser\t");
    await terminal.until(/^> sounder serve $/m);
    await press(terminal, "--serv\td\t");
    await terminal.until(/^> sounder serve --service discard $/m);
    await press(terminal, "--service=c\t--gra\t");
    await terminal.until(/^> sounder serve --service discard --service=chargen --grace $/m);
  },
);

/** Types, with Tab where the text has one, and does not press Enter. */
async function press(terminal: Terminal, text: string): Promise<void> {
  const names: Record<string, string> = { "\t": "Tab", " ": "Space" };
  await terminal.press(...[...text].map((character) => names[character] ?? character));
}
