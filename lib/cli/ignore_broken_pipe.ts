/** Waits for a write to stdout that nobody needs to read for the work to go on. */
export async function ignoreBrokenPipe(written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
