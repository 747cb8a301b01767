/**
 * Tasks typed at a terminal, as a user does.
 *
 * @module
 */
import { stdEnv } from "../../scripts/std_flags.ts";
import { openTerminal, type Terminal } from "./interop_terminal.ts";

const ROOT = `${import.meta.dirname}/../..`;

/** Opens a terminal in the folder of the clone, where tasks find @std as this process does. */
export function openTaskTerminal(env: Record<string, string> = {}): Promise<Terminal> {
  return openTerminal(ROOT, { ...stdEnv(), ...env });
}

/** Types a task and, after it, a command that shows its exit code. */
export async function typeTask(terminal: Terminal, task: string): Promise<void> {
  await terminal.type(`${Deno.execPath()} task ${task}; echo "rc=$?"`);
}

/** Waits for the exit code that the shell prints; the command line itself has no number there. */
export async function exitCode(terminal: Terminal): Promise<number> {
  return Number((await terminal.until(/rc=(\d+)$/m))[1]);
}
