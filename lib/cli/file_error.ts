import { UsageError } from "./usage_error.ts";

/**
 * What kept a file from being read or written, in one line.
 *
 * @param flag Deno's flag for the permission.
 */
export function fileError(what: "read" | "write", path: string, cause: unknown, flag: string): UsageError {
  const why = cause instanceof Deno.errors.NotCapable
    ? `not permitted: run Deno with ${flag}`
    : cause instanceof Deno.errors.NotFound
    ? "there is no such file or folder"
    : (cause as Error).message;
  return new UsageError(`cannot ${what} ${path}: ${why}`, { cause });
}
