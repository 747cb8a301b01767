import { escapeBytes } from "../core/escape_bytes.ts";
import { ConnectError, EchoIncompleteError, EchoMismatchError } from "../core/errors.ts";
import { tlsFailureOf } from "../measure/tls_facts.ts";
import { SocketOptionError } from "../socket/socket_option_error.ts";
import type { StopSignal } from "./io.ts";
import { flagOf } from "./socket_option_flags.ts";
import { failureText, withTlsFlags } from "./tls_words.ts";
import { UsageError } from "./usage_error.ts";

/** The exit codes, the same for every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** The exit code after a signal that cut the work short: 128 and the signal's number. */
export function signalExitCode(signal: StopSignal): number {
  return signal === "SIGINT" ? 130 : 143;
}

/** The work was cut short by a signal. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  /** The signal. */
  readonly signal: StopSignal;

  /** Makes the error. */
  constructor(signal: StopSignal) {
    super(`cut short by ${signal}`);
    this.signal = signal;
  }
}

/** An error as the command line shows it. */
export interface ErrorDescription {
  /** What the program exits with. */
  readonly exitCode: number;
  /** One line: what could not be done, the value at fault, and what would do. */
  readonly message: string;
  /** The error as data, for `--json`. */
  readonly json: ErrorJson;
}

/** The member `error` of a JSON result. */
export interface ErrorJson {
  /** What kind of error: a `ConnectError`'s or `EchoIncompleteError`'s own, or one of those below. */
  readonly kind: string;
  /** The line that stderr has. */
  readonly message: string;
  /** Facts that go with the kind. */
  readonly [fact: string]: string | number;
}

/** Finds the exit code, the line and the data for whatever was thrown. */
export function describeError(error: unknown): ErrorDescription {
  const make = (exitCode: number, kind: string, message: string, facts = {}): ErrorDescription => {
    const line = message.replaceAll(/\s*\n\s*/g, " ");
    return { exitCode, message: line, json: { kind, message: line, ...facts } };
  };
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError || error instanceof Deno.errors.NotSupported) return make(EXIT.usage, "usage", text);
  if (error instanceof SocketOptionError) {
    const { option, kind } = error;
    return make(EXIT.usage, kind, `${flagOf(option)}: ${text}`, { option });
  }
  if (isNotCapable(error)) {
    return make(EXIT.usage, "permission", text.includes("--allow-") ? text : `${text}: run Deno with --allow-net`);
  }
  if (error instanceof InterruptedError) {
    return make(signalExitCode(error.signal), "interrupted", text, { signal: error.signal });
  }
  if (error instanceof ConnectError) return make(EXIT.failed, error.kind, failureText(error));
  if (error instanceof EchoMismatchError) {
    const { offset, expected, actual } = error;
    return make(EXIT.failed, "mismatch", text, {
      offset,
      expected: escapeBytes(expected),
      actual: escapeBytes(actual),
    });
  }
  if (error instanceof EchoIncompleteError) {
    const tls = tlsFailureOf(error.cause);
    return make(EXIT.failed, error.reason, tls ? `${text} (${withTlsFlags(tls)})` : text, { missing: error.missing });
  }
  const remedy = SYSTEM_ERRORS.find(([errorClass]) => error instanceof errorClass);
  if (remedy) return make(EXIT.failed, remedy[1], remedy[2] ? `${text}: ${remedy[2]}` : text);
  // What the command line could not tell wrong of its TLS options, the library does.
  return make(EXIT.failed, "failed", error instanceof TypeError ? withTlsFlags(text) : text);
}

const SYSTEM_ERRORS: [new (message?: string) => Error, string, string | undefined][] = [
  [Deno.errors.AddrInUse, "address-in-use", "stop it, or choose another port"],
  [Deno.errors.AddrNotAvailable, "address-not-available", "use an address of this machine, or 0.0.0.0 or :: for all"],
  [Deno.errors.PermissionDenied, "denied", undefined], // it has its own
  [Deno.errors.NotFound, "not-found", "check the name"],
];

function isNotCapable(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    (error instanceof ConnectError && error.cause instanceof Deno.errors.NotCapable);
}

/** The error with its stack and what caused it, for `--verbose`. */
export function describeInFull(error: unknown): string {
  const parts: string[] = [];
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    const text = cause instanceof Error ? cause.stack ?? String(cause) : String(cause);
    parts.push(parts.length === 0 ? text : `caused by ${text}`);
  }
  return parts.join("\n");
}
