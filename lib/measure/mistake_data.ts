import { textOf } from "../core/text_of.ts";
import { SocketOptionError, type SocketOptionErrorKind } from "../socket/socket_option_error.ts";
import type { MistakeData } from "./worker_messages.ts";

/** A mistake of the caller's as plain data. */
export function mistakeData(error: unknown): MistakeData {
  const message = textOf(error);
  if (error instanceof SocketOptionError) return { name: error.name, message, option: error.option, kind: error.kind };
  // What connect() wraps: the permission is what is missing.
  if (error instanceof Error && error.cause instanceof Deno.errors.NotCapable) return { name: "NotCapable", message };
  return { name: error instanceof Error ? error.name : "Error", message };
}

/** The error again, of the class by which callers tell it. */
export function mistakeOf({ name, message, option, kind }: MistakeData): Error {
  if (option !== undefined) return new SocketOptionError(option, kind as SocketOptionErrorKind, message);
  return name === "NotCapable" ? new Deno.errors.NotCapable(message) : new Error(message);
}
