/** Names an inline script or style sheet for a Content-Security-Policy, by its hash. */
export async function hashSource(text: string): Promise<string> {
  // A parser of HTML makes one line feed of each line end, and the hash is of what it made.
  const bytes = new TextEncoder().encode(text.replaceAll(/\r\n?/g, "\n"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `'sha256-${btoa(String.fromCharCode(...hash))}'`;
}
