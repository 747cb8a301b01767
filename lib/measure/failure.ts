import { ConnectError, EchoIncompleteError, EchoMismatchError } from "../core/errors.ts";
import { textOf } from "../core/text_of.ts";
import { isPeerReset } from "../net/is_peer_gone.ts";
import type { BenchErrorKind } from "./bench_result.ts";

/** A failure, as a bench counts it. */
export interface Failure {
  /** Its kind. */
  readonly kind: BenchErrorKind;
  /** In words. */
  readonly message: string;
}

const INCOMPLETE: Record<EchoIncompleteError["reason"], BenchErrorKind> = {
  closed: "short",
  reset: "reset",
  stalled: "timeout",
  unfinished: "timeout",
};

/** What kind of failure an error is. */
export function failureOf(error: unknown): Failure {
  const message = textOf(error);
  if (error instanceof ConnectError) return { kind: error.kind, message };
  if (error instanceof EchoMismatchError) return { kind: "mismatch", message };
  if (error instanceof EchoIncompleteError) return { kind: INCOMPLETE[error.reason], message };
  if (isPeerReset(error)) return { kind: "reset", message: "the server reset the connection" };
  if (error instanceof Deno.errors.TimedOut) return { kind: "timeout", message };
  return { kind: "failed", message };
}

/** Whether an error of `connect()` is the caller's mistake, which no second try mends: a wrong option, no permission. */
export function isMistake(error: unknown): boolean {
  return !(error instanceof ConnectError) || error.cause instanceof Deno.errors.NotCapable;
}
