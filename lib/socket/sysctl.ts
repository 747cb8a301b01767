import type { Libc } from "./libc.ts";

/** More than any of the values read here has. */
const LONGEST = 4096;

/**
 * Reads a kernel parameter of Linux, through the C library: Deno refuses /proc/sys unless everything is granted.
 *
 * @param path Below /proc/sys, such as `net/core/somaxconn`.
 * @returns Its text without the line's end; undefined where there is none.
 */
export function readSysctl(libc: Libc, path: string): string | undefined {
  const bytes = libc.platform === "linux" ? libc.readFile(`/proc/sys/${path}`, LONGEST) : undefined;
  return bytes && new TextDecoder().decode(bytes).trim();
}
