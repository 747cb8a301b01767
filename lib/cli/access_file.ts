import { parseCidr } from "../core/cidr.ts";
import { fileError } from "./file_error.ts";
import { orUsage } from "./usage_error.ts";

/**
 * Reads a list of addresses and blocks (`192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`) from a file, one a line. Empty lines
 * and what follows a `#` are passed over.
 *
 * @returns The entries, as they stand there.
 * @throws {UsageError} if the file cannot be read, or a line has anything else: it names the line.
 */
export async function readAccessFile(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    throw fileError("read", path, cause, "--allow-read");
  });
  // Editors on Windows put a byte order mark at the start; trim() takes it away, as it does the CR at the end of a line.
  return text.split("\n").flatMap((line, index) => {
    const entry = line.replace(/#.*$/s, "").trim();
    if (entry === "") return [];
    orUsage(() => parseCidr(entry), `${path}:${index + 1}: `);
    return [entry];
  });
}
