/**
 * Opens the C library before any test runs: the resource sanitizer would take the library for a leak of the first test that
 * uses it. Imported for that by every test that reaches it in its own process.
 *
 * @module
 */
import { type Libc, mayOpenLibc, openLibc } from "../../lib/socket/libc.ts";
import { notLinux } from "./needs.ts";

/** The C library; undefined where it may not be opened. */
export const libc: Libc | undefined = mayOpenLibc() ? openLibc() : undefined;

/** What is missing to use it; undefined if nothing is. */
export function noLibc(): string | undefined {
  return libc ? undefined : "no FFI here";
}

/** What is missing for `abort()` to be a RST; undefined if nothing is. */
export function noReset(): string | undefined {
  return notLinux() ?? noLibc();
}
