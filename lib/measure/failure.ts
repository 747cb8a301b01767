import { ConnectError, EchoIncompleteError, EchoMismatchError } from "../core/errors.ts";
import { textOf } from "../core/text_of.ts";
import { isPeerReset } from "../net/is_peer_gone.ts";
import { formatDuration } from "../core/units.ts";
import type { BenchErrorKind } from "./bench_result.ts";
import type { LoadPlan } from "./load_plan.ts";
import { tlsFailureOf } from "./tls_facts.ts";

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
  const tls = tlsFailureOf(error);
  if (tls !== undefined) return { kind: "tls", message: tls };
  if (error instanceof Deno.errors.UnexpectedEof) {
    return { kind: "short", message: "the server closed the connection without TLS's close_notify" };
  }
  if (isPeerReset(error)) return { kind: "reset", message: "the server reset the connection" };
  if (error instanceof Deno.errors.TimedOut) return { kind: "timeout", message };
  return { kind: "failed", message };
}

/** Whether an error of `connect()` is the caller's mistake, which no second try mends: a wrong option, no permission. */
export function isMistake(error: unknown): boolean {
  return !(error instanceof ConnectError) || error.cause instanceof Deno.errors.NotCapable;
}

/** A connection whose peer has owed a byte for too long. */
export function noProgress({ mode, timeoutMs }: LoadPlan): Failure {
  const what = mode === "stream" ? "the stream did not move" : "no byte of the echo that was owed";
  return { kind: "timeout", message: `${what} within ${formatDuration(timeoutMs)}` };
}

/** Whether an error says that this end has closed: a call that was pending fails otherwise than one that comes after. */
export function isCutOff(error: unknown): boolean {
  return error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource;
}

/** A connection that still owed an echo when the load was given up. */
export function tooLate(patienceMs: number): Failure {
  return { kind: "timeout", message: `echoes were still owed ${formatDuration(patienceMs)} after the end` };
}
