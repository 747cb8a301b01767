/**
 * Why a command is not run.
 *
 * @module
 */
import type { ShellCommand } from "./shell_commands.ts";

/** What the caller wants left out. */
export interface Selection {
  /** Leave out what one of these matches. */
  except: RegExp[];
  /** Leave out what none of these matches, if there are any. */
  only: RegExp[];
}

/**
 * Programs that a machine may well lack. Any other that is missing is a mistake in the text, and bash says "command not
 * found".
 */
const MAY_BE_MISSING =
  ("brew|curl|docker|fish|gh|jq|man|nc|ncat|node|npm|npx|podman|powershell|pwsh|python3|sha256sum|shasum|" +
    "socat|ss|sudo|systemctl|systemd-analyze|tcpdump|tmux|unzip|wget|zsh").split("|");

/** The programs of {@linkcode MAY_BE_MISSING} that a command runs. */
export function programsOf(text: string): string[] {
  const words = text.replaceAll(/'[^']*'|"[^"]*"/g, "''").replaceAll(/(^|\s)#.*$/gm, "");
  const begins = String.raw`(?:^|[|;&(]|\b(?:time|sudo|then|do)\s)\s*(?:\w+=\S*\s+)*`;
  return MAY_BE_MISSING.filter((name) => new RegExp(`${begins}${name}(?=[\\s;|&)]|$)`, "m").test(words));
}

/** Whether bash finds a program. */
export function isHere(program: string): boolean {
  const args = ["-c", 'command -v -- "$1"', "bash", program];
  return new Deno.Command("bash", { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync().success;
}

/** Why a command is left out; undefined where it is to be run. */
export function whyLeftOut(
  { text, notRun }: Pick<ShellCommand, "text" | "notRun">,
  { except, only }: Selection,
  here: (program: string) => boolean = isHere,
): string | undefined {
  if (notRun !== undefined) return notRun;
  const excepted = except.find((pattern) => pattern.test(text));
  if (excepted) return `--except ${excepted.source}`;
  if (only.length > 0 && !only.some((pattern) => pattern.test(text))) return "not in --only";
  const missing = programsOf(text).filter((program) => !here(program));
  return missing.length > 0 ? `no ${missing.join(", ")} here` : undefined;
}
