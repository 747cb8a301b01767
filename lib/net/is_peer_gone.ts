/**
 * Whether an error of a read or write says that the peer is gone: it sent RST, or does not answer any more. There is no
 * use in trying again on that connection, and nothing is wrong at this end.
 */
export function isPeerGone(error: unknown): boolean {
  return isPeerReset(error) || error instanceof Deno.errors.TimedOut;
}

/** Whether it says that the peer, or something on the path, reset the connection. */
export function isPeerReset(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected;
}
