/** What was thrown, in words: it may be anything, also what cannot be put in words. */
export function textOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : String(error);
  } catch {
    return "an error without a text";
  }
}
