/** The command line was wrong: the message names the flag, the value and the remedy in one line. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
