/**
 * A real terminal for a program, with tmux: what it prints there, and keys as a person presses them.
 *
 * @module
 */
import { delay } from "../../lib/core/delay.ts";

/** A terminal with a shell in it. */
export interface Terminal extends AsyncDisposable {
  /** Types text and presses Enter. */
  type(text: string): Promise<void>;
  /** Presses keys, in tmux's names: `C-c`, `C-d`. */
  press(...keys: string[]): Promise<void>;
  /** Waits until the screen has a pattern; rejects, with the screen, when that takes too long. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** The screen, with escape sequences for the colors where asked. */
  screen(options?: { colors?: boolean }): Promise<string>;
}

/** Between two looks at the screen, and how many there are: tmux tells nobody when it changes. */
const LOOK_INTERVAL = 20;
const LOOKS = 1500;

/** Opens a terminal of 200 columns and 50 lines in a tmux of its own. Disposing ends all that runs in it. */
export async function openTerminal(cwd: string, env: Record<string, string>): Promise<Terminal> {
  const name = `sounder-${crypto.randomUUID()}`;
  const tmux = (...args: string[]) => runTmux(["-L", name, "-f", "/dev/null", ...args], cwd, env);
  // An interactive sh, as jobs of their own are what a terminal's Ctrl-C goes to.
  await tmux("new-session", "-d", "-x", "200", "-y", "50", "exec sh -i");
  const screen: Terminal["screen"] = ({ colors = false } = {}) =>
    tmux("capture-pane", "-p", "-J", "-S", "-", ...(colors ? ["-e"] : []));
  const terminal: Terminal = {
    type: async (text) => {
      await tmux("send-keys", "-l", "--", text);
      await tmux("send-keys", "Enter");
    },
    press: async (...keys) => void await tmux("send-keys", ...keys),
    until: async (pattern) => {
      for (let looks = 0; looks < LOOKS; looks++) {
        const match = pattern.exec(await screen());
        if (match) return match;
        await delay(LOOK_INTERVAL);
      }
      throw new Error(`no ${pattern} on the screen:\n${await screen()}`);
    },
    screen,
    [Symbol.asyncDispose]: async () => void await tmux("kill-server"),
  };
  try {
    // What is typed before the prompt would be shown twice.
    await terminal.until(/^[#$]/m);
    return terminal;
  } catch (error) {
    await terminal[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs tmux without what this process's own terminal would hand down: its colors, its tmux, the shell's start file. */
async function runTmux(args: string[], cwd: string, env: Record<string, string>): Promise<string> {
  const { NO_COLOR: _noColor, TMUX: _tmux, ENV: _shellFile, ...inherited } = Deno.env.toObject();
  const { success, stdout, stderr } = await new Deno.Command("tmux", {
    args,
    cwd,
    clearEnv: true,
    env: { ...inherited, TERM: "xterm-256color", LC_ALL: "C.UTF-8", ...env },
    stdin: "null",
  }).output();
  if (!success) throw new Error(`tmux ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
