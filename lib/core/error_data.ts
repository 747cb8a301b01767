import { textOf } from "./text_of.ts";

/** An error as plain data: structured cloning, on the way to another thread, keeps no class of Deno's or of ours. */
export interface ErrorData {
  /** The error's class. */
  readonly name: string;
  /** Its text. */
  readonly message: string;
  /** Where it was made. */
  readonly stack?: string;
  /** The system's name for it, such as `ECONNRESET`. */
  readonly code?: string;
  /** What caused it, where that is an error. */
  readonly cause?: ErrorData;
}

/** An error, or whatever was thrown, as plain data. */
export function errorData(error: unknown): ErrorData {
  const message = textOf(error);
  if (!(error instanceof Error)) return { name: "Error", message };
  const { name, stack, cause, code } = error as Error & { code?: unknown };
  return {
    name,
    message,
    ...(stack !== undefined && { stack }),
    ...(typeof code === "string" && { code }),
    ...(cause instanceof Error && { cause: errorData(cause) }),
  };
}

/** The classes that are known by name everywhere. */
const BUILT_IN: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** The error again: of its class, where that is JavaScript's or Deno's; else an `Error` of its name. */
export function errorOf({ name, message, stack, code, cause }: ErrorData): Error {
  const known = (Deno.errors as unknown as Record<string, ErrorConstructor>)[name] ?? BUILT_IN[name];
  const error = new (known ?? Error)(message, cause && { cause: errorOf(cause) });
  if (known === undefined) error.name = name;
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
