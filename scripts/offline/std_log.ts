/**
 * Stands in for `@std/log` where JSR cannot be reached: levels, records, handlers, loggers, `setup` and `getLogger`.
 *
 * Never published. `tests/scripts/std_log_contract_test.ts` holds it against the original; left out are the file handlers, the
 * JSON formatter and the functions that log to the default logger.
 *
 * @module
 */

import { BaseHandler, type LevelName, levelOf, type LogLevel, LogLevels, LogRecord, nameOf } from "./log_handler.ts";

export { BaseHandler, LogLevels } from "./log_handler.ts";
// A type only, as the root of the original exports it.
export type {
  BaseHandlerOptions,
  FormatterFunction,
  LevelName,
  LogLevel,
  LogRecord,
  LogRecordOptions,
} from "./log_handler.ts";

/** Errors log their stack and objects their entries, as in the original; a text inside an object is quoted. */
function asText(data: unknown, nested = false): string {
  if (typeof data === "string") return nested ? `"${data}"` : data;
  if (typeof data === "function") return "undefined";
  if (typeof data !== "object" || data === null) return String(data);
  if (data instanceof Error) return data.stack!;
  return `{${Object.entries(data).map(([key, value]) => `"${key}":${asText(value, true)}`).join(",")}}`;
}

/** What a {@linkcode Logger} can be told. */
export interface LoggerOptions {
  /** Who gets its records. Default: nobody. */
  handlers?: BaseHandler[];
}

/**
 * Logs a message, or what a function makes, which is called only if the message is logged. Returns the message; undefined where
 * the function was not called. The overloads are as narrow as the original's, so that what type-checks here does so there.
 */
export interface LogMethod {
  /** A message made when it is needed. */
  <T>(msg: () => T, ...args: unknown[]): T | undefined;
  /** A message. */
  // deno-lint-ignore no-explicit-any -- any function at all
  <T>(msg: T extends (...args: any[]) => any ? never : T, ...args: unknown[]): T;
}

/** Makes records of messages at or above its level and hands them to its handlers. */
export class Logger {
  /** Who gets its records. */
  handlers: BaseHandler[];
  #name: string;
  #level: LogLevel;

  /** Made with its name and the level from which on it makes records. */
  constructor(loggerName: string, levelName: LevelName, options: LoggerOptions = {}) {
    this.#name = loggerName;
    this.#level = levelOf(levelName);
    this.handlers = options.handlers ?? [];
  }

  /** Messages below it are dropped. */
  get level(): LogLevel {
    return this.#level;
  }
  set level(level: LogLevel) {
    if (!Object.values(LogLevels).includes(level)) throw new TypeError(`Invalid log level: ${level}`);
    this.#level = level;
  }

  /** The level by name. */
  get levelName(): LevelName {
    return nameOf(this.#level);
  }
  set levelName(levelName: LevelName) {
    this.#level = levelOf(levelName);
  }

  /** The logger's name. */
  get loggerName(): string {
    return this.#name;
  }

  #method(level: LogLevel): LogMethod {
    return (message: unknown, ...args: unknown[]) => {
      const lazy = typeof message === "function";
      if (level < this.#level) return lazy ? undefined : message;
      const value = lazy ? message() : message;
      const record = new LogRecord({ msg: asText(value), args, level, loggerName: this.#name });
      for (const handler of this.handlers) handler.handle(record);
      return value;
    };
  }

  /** Logs at DEBUG. */
  debug: LogMethod = this.#method(LogLevels.DEBUG);
  /** Logs at INFO. */
  info: LogMethod = this.#method(LogLevels.INFO);
  /** Logs at WARN. */
  warn: LogMethod = this.#method(LogLevels.WARN);
  /** Logs at ERROR. */
  error: LogMethod = this.#method(LogLevels.ERROR);
  /** Logs at CRITICAL. */
  critical: LogMethod = this.#method(LogLevels.CRITICAL);
}

/** One logger in {@linkcode LogConfig}. */
export interface LoggerConfig {
  /** Default INFO. */
  level?: LevelName;
  /** Names of handlers; unknown ones are passed over. */
  handlers?: string[];
}

/** What {@linkcode setup} takes. */
export interface LogConfig {
  /** The handlers by name. */
  handlers?: Record<string, BaseHandler>;
  /** The loggers by name; without a name, `getLogger()` gives `default`. */
  loggers?: Record<string, LoggerConfig>;
}

class ConsoleHandler extends BaseHandler {
  override log(msg: string): void {
    console.log(msg);
  }
}

const handlers = new Map<string, BaseHandler>();
const loggers = new Map<string, Logger>();
const standard: Required<LogConfig> = {
  handlers: { default: new ConsoleHandler("INFO") },
  loggers: { default: { level: "INFO", handlers: ["default"] } },
};

/** Ends the handlers there are and sets up those of `config`, and the loggers; `default` stays where it is not named. */
export function setup(config: LogConfig): void {
  for (const handler of handlers.values()) handler.destroy();
  handlers.clear();
  loggers.clear();
  for (const [name, handler] of Object.entries({ ...standard.handlers, ...config.handlers })) {
    handler.setup();
    handlers.set(name, handler);
  }
  for (
    const [name, { level = "INFO", handlers: names = [] }] of Object.entries({ ...standard.loggers, ...config.loggers })
  ) {
    const known = names.flatMap((one) => handlers.get(one) ?? []);
    loggers.set(name, new Logger(name, level, { handlers: known }));
  }
}

/** The logger of that name; one that was not set up is made: it has no handler. */
export function getLogger(name?: string): Logger {
  const key = name || "default";
  const logger = loggers.get(key) ?? new Logger(key, "NOTSET");
  loggers.set(key, logger);
  return logger;
}

setup(standard);
