/** Winsock's numbers for a name that has no address, or none for now (WSAHOST_NOT_FOUND to WSANO_DATA). */
const WINSOCK = /\(os error 1100[1-4]\)$/;

/** Whether Deno failed to look a name up; on Windows it has no words of its own for that, and no class anywhere. */
export function isLookupFailure(error: unknown): boolean {
  const { message } = error as { message?: string };
  return message !== undefined && (message.startsWith("failed to lookup address") || WINSOCK.test(message));
}
