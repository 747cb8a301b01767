/**
 * Signals to a process and to all that it started, by way of the process group it leads. `Deno.kill()` would need the
 * permission to run anything.
 *
 * @module
 */

/** How long what was told to end by SIGTERM may take, before SIGKILL. */
const TERM_LIMIT_MS = 2_000;
const POLL_MS = 50;

/** Sends a signal to a group (`"0"`: to ask whether there is one); false where there is none. */
export function signalGroup(leader: number, signal: "INT" | "TERM" | "KILL" | "0"): boolean {
  const args = ["-c", `kill -s ${signal} -- -${leader}`];
  return new Deno.Command("bash", { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync().success;
}

/** Waits until nothing of a group is left; false when something is after `limit` milliseconds. */
export async function groupEnds(leader: number, limit: number): Promise<boolean> {
  for (let waited = 0; signalGroup(leader, "0"); waited += POLL_MS) {
    if (waited >= limit) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}

/** Ends what is left of a group. */
export async function endGroup(leader: number): Promise<void> {
  if (signalGroup(leader, "TERM") && !await groupEnds(leader, TERM_LIMIT_MS)) signalGroup(leader, "KILL");
}
