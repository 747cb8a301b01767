import type { Shell } from "./option_table.ts";

/** How the completions come into a shell. */
export interface CompletionInstall {
  /** The folder that the shell looks in, and the file in it. */
  readonly folder: string;
  /** The path of the file: `folder` and the name that the shell looks for. */
  readonly file: string;
  /** What else the file needs; nothing where it is left out. */
  readonly needs?: string;
  /** Without a file. */
  readonly alternative: {
    /** Where the command stands. */
    readonly when: string;
    /** The command. */
    readonly command: string;
  };
}

/** Where each shell looks for completions. */
export function install(shell: Shell): CompletionInstall {
  return INSTALLS[shell];
}

const INSTALLS: Record<Shell, CompletionInstall> = {
  bash: {
    folder: "~/.local/share/bash-completion/completions",
    file: "~/.local/share/bash-completion/completions/sounder",
    needs: "the package bash-completion",
    alternative: { when: "in ~/.bashrc", command: 'eval "$(sounder completions bash)"' },
  },
  zsh: {
    folder: "~/.zfunc",
    file: "~/.zfunc/_sounder",
    needs: "fpath+=(~/.zfunc) in ~/.zshrc, before compinit",
    alternative: { when: "in ~/.zshrc, after compinit", command: "source <(sounder completions zsh)" },
  },
  fish: {
    folder: "~/.config/fish/completions",
    file: "~/.config/fish/completions/sounder.fish",
    alternative: { when: "in ~/.config/fish/config.fish", command: "sounder completions fish | source" },
  },
};

/** The comment at the head of a script, which says how to install it. */
export function installComment(shell: Shell): string[] {
  const { folder, file, needs, alternative } = install(shell);
  return [
    `# Completions of sounder for ${shell}. To install them${needs === undefined ? "" : ` (needs ${needs})`}:`,
    `#   mkdir -p ${folder}`,
    `#   sounder completions ${shell} > ${file}`,
    `# or, ${alternative.when}:`,
    `#   ${alternative.command}`,
    "# Made from Sounder's table of options: a change here is lost with its next version.",
  ];
}
