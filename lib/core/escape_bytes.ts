const NAMED: Record<number, string> = { 0x09: "\\t", 0x0a: "\\n", 0x0d: "\\r", 0x22: '\\"', 0x5c: "\\\\" };

/**
 * Bytes as a quoted ASCII string, safe for a terminal and a log line whatever they hold: printable ASCII as it is, the
 * rest as `\n`, `\r`, `\t`, `\"`, `\\` or `\xNN`.
 *
 * @param limit Bytes shown at most. What is left out is said: `"aaaa"... (4 of 65536 bytes)`.
 */
export function escapeBytes(bytes: Uint8Array, limit = Infinity): string {
  const shown = bytes.length > limit ? bytes.subarray(0, limit) : bytes;
  let text = '"';
  for (const byte of shown) {
    text += NAMED[byte] ??
      (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`);
  }
  text += '"';
  return shown.length < bytes.length ? `${text}... (${shown.length} of ${bytes.length} bytes)` : text;
}
