/**
 * Completes command lines in the shells themselves: what a person is offered at Tab.
 *
 * @module
 */
import type { Shell } from "../../lib/cli/option_table.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** What a shell offers for one command line. */
export interface Offers {
  /** The words, sorted; of `--option=value` the values. */
  words: string[];
  /** What the shell says of each of them; bash says nothing. */
  descriptions: Record<string, string>;
  /** Whether the shell's own completion of file names takes over. Bash only; the others offer the files. */
  files: boolean;
}

/** A host that the shells know, and nobody else. */
export const KNOWN_HOST = "depth.test";

/** How a script comes into a shell. */
export interface CompleteOptions {
  /** Whether the shell finds it by itself, as an installed file; not for bash, which needs a package for that. */
  installed?: boolean;
}

/** Where a shell finds the script by itself, from its home folder. */
const INSTALLED: Record<Shell, string> = {
  bash: ".local/share/bash-completion/completions/sounder",
  zsh: ".zfunc/_sounder",
  fish: ".config/fish/completions/sounder.fish",
};

/** Sources a script in a shell, and completes each line with the cursor at its end, in a folder with one `file`. */
export async function completeInShell(
  shell: Shell,
  script: string,
  lines: readonly string[],
  { installed = false }: CompleteOptions = {},
): Promise<Offers[]> {
  await using folder = await temporaryFolder({
    "script": installed ? "" : script,
    [INSTALLED[shell]]: installed ? script : "",
    "lines": lines.join("\n"),
    ".ssh/known_hosts": `${KNOWN_HOST} ssh-ed25519 AAAA\n`,
    "hosts": `127.0.0.1 ${KNOWN_HOST}\n`,
    "work/file": "",
  });
  const { args, read } = SHELLS[shell](folder.path, lines);
  const { success, stdout, stderr } = await new Deno.Command(shell, {
    args,
    cwd: `${folder.path}/work`,
    env: { HOME: folder.path, XDG_CONFIG_HOME: `${folder.path}/.config`, LC_ALL: "C.UTF-8" },
    stdin: "null",
  }).output();
  const errors = new TextDecoder().decode(stderr);
  if (!success || errors !== "") throw new Error(`${shell} failed: ${errors}`);
  const offers = read(new TextDecoder().decode(stdout));
  if (offers.length !== lines.length) throw new Error(`${shell} completed ${offers.length} of ${lines.length} lines`);
  return offers;
}

/** How a shell is called, and its output read. */
interface ShellCall {
  args: string[];
  read(output: string): Offers[];
}

const SHELLS: Record<Shell, (folder: string, lines: readonly string[]) => ShellCall> = {
  bash: (folder, lines) => ({
    args: ["--noprofile", "--norc", "-c", bashProgram(folder, lines)],
    read: (output) => readOffers(output, /^(.*)()$/),
  }),
  zsh: (folder) => ({
    args: ["-f", decodeURIComponent(new URL("complete_zsh.zsh", import.meta.url).pathname), folder],
    read: (output) => readOffers(output, /^(.*)\t(?:.*? +-- )?(.*)$/),
  }),
  fish: (folder) => ({
    args: [
      "-c",
      // Fish completes only commands that there are.
      `function sounder; end; source ${folder}/script; for line in (cat ${folder}/lines); complete -C $line; echo end; end`,
    ],
    read: (output) => readOffers(output, /^([^\t]*)\t?(.*)$/),
  }),
};

/** Reads the lines up to each `end`. */
function readOffers(output: string, pattern: RegExp): Offers[] {
  return output.split(/^end\n/m).slice(0, -1).map((part) => {
    const lines = part.split("\n").filter((line) => line !== "");
    const matches = lines.filter((line) => line !== "files").map((line) => pattern.exec(line)!);
    const pairs = matches.map(([, word, description]) => [word.replace(/^--[\w-]+=(?=.)/, ""), description] as const);
    return {
      words: [...new Set(pairs.map(([word]) => word))].sort(),
      descriptions: Object.fromEntries(pairs),
      files: lines.includes("files"),
    };
  });
}

/** What readline does at Tab: it cuts the line into words and calls the function that `complete -F` named. */
function bashProgram(folder: string, lines: readonly string[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    `HOSTFILE=${folder}/hosts`,
    "COMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'",
    // Outside of readline the builtin refuses.
    'compopt() { if [[ $* == "-o default" ]]; then echo files; fi; }',
    `. ${folder}/script`,
    "definition=($(complete -p sounder)); function=${definition[${#definition[@]} - 2]}",
    ...lines.map((line) => {
      const words = bashWords(line);
      return [
        `COMP_LINE=${quote(line)} COMP_POINT=${line.length} COMP_WORDS=(${words.map(quote).join(" ")})`,
        `COMP_CWORD=${words.length - 1}`,
        `COMPREPLY=()`,
        "$function sounder",
        'for word in "${COMPREPLY[@]}"; do printf "%s\\n" "$word"; done',
        "echo end",
      ].join("; ");
    }),
  ].join("\n");
}

/** The words of a line as bash 5 cuts them: at blanks, and around runs of `=` and `:` and of redirections. */
function bashWords(line: string): string[] {
  const words: string[] = line.match(/(?:"[^"]*"|[^\s=:<>"])+|[=:]+|[<>]+/g) ?? [];
  return /\s$/.test(line) ? [...words, ""] : words;
}
