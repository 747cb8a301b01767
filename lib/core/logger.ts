/**
 * Where the library reports what happens. A message is a function, called only if its level is on; `fields` gives the same
 * facts as data, for logs that keep them. A `Logger` of `@std/log` is one.
 *
 * @example Log to the console
 * ```ts
 * import { type Logger, serve } from "@sounder/tcp";
 *
 * const logger: Logger = {
 *   debug: () => {},
 *   info: (message) => console.info(message()),
 *   warn: (message) => console.warn(message()),
 *   error: (message) => console.error(message()),
 * };
 * await using server = serve({ port: 0, logger });
 * ```
 */
export interface Logger {
  /**
   * Whether debug messages go anywhere. Where it is `false` the library does not even prepare to log each read and
   * write; where it is absent it calls `debug()` each time.
   */
  readonly debugEnabled?: boolean;
  /** Each event of each connection. */
  debug(message: () => string, fields?: () => LogFields): void;
  /** Start and stop. */
  info(message: () => string, fields?: () => LogFields): void;
  /** Trouble that the library copes with. */
  warn(message: () => string, fields?: () => LogFields): void;
  /** Trouble that it cannot cope with. */
  error(message: () => string, fields?: () => LogFields): void;
}

/** Facts of a log message: plain data. */
export type LogFields = Record<string, string | number | boolean | null>;
