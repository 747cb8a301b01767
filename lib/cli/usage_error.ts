/** The command line was wrong: the message names the flag, the value and the remedy in one line. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the readers of values throw at a wrong one; anything else that is thrown is no mistake of the user's. */
const OF_VALUES = [SyntaxError, RangeError, TypeError, URIError];

/**
 * Reads something that the user gave.
 *
 * @param prefix What stands before the reader's own message, such as `--rate: `.
 * @throws {UsageError} if it is wrong.
 */
export function orUsage<T>(read: () => T, prefix = ""): T {
  try {
    return read();
  } catch (error) {
    if (!OF_VALUES.some((errorClass) => error instanceof errorClass)) throw error;
    throw new UsageError(prefix + (error as Error).message, { cause: error });
  }
}
