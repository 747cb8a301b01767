import { attempt } from "./attempt.ts";
import type { LogFields, Logger } from "./logger.ts";

/**
 * The same logger, from which no exception comes: a log that fails must not end what it tells of.
 *
 * @param onFailure Told of what the logger throws.
 */
export function guardLogger(logger: Logger, onFailure: (error: unknown) => void): Logger {
  const guarded = (level: "debug" | "info" | "warn" | "error") => (message: () => string, fields?: () => LogFields) => {
    // An async method does where `void` is asked for.
    attempt(() => logger[level](message, fields), onFailure);
  };
  return {
    debugEnabled: logger.debugEnabled,
    debug: guarded("debug"),
    info: guarded("info"),
    warn: guarded("warn"),
    error: guarded("error"),
  };
}
