/** What a program left behind that ran to its end. */
export interface Ended {
  /** Whether its exit code was 0. */
  readonly success: boolean;
  /** What it printed. */
  readonly stdout: string;
  /** What it said. */
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  /** Variables added to the environment. */
  readonly env?: Record<string, string>;
  /** The working folder. */
  readonly cwd?: string;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a program to its end, without stdin.
 *
 * @throws {Deno.errors.NotFound} if there is no such program.
 */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const command = new Deno.Command(program, { ...options, args: [...args], stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The last line of a text that is not empty: of what a failed program said, mostly the reason. */
export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)!.trim();
}
