/**
 * Levels, records and handlers, for the stand-in of `@std/log`.
 *
 * @module
 */

/** The numbers behind the level names. */
export const LogLevels = { NOTSET: 0, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, CRITICAL: 50 } as const;

/** A level's name. */
export type LevelName = keyof typeof LogLevels;

/** A level's number. */
export type LogLevel = typeof LogLevels[LevelName];

/** Makes the line of a record. */
export type FormatterFunction = (logRecord: LogRecord) => string;

/** The number of a level. */
export function levelOf(name: LevelName): LogLevel {
  if (Object.hasOwn(LogLevels, name)) return LogLevels[name];
  throw new Error(`Cannot get log level: no level named ${name}`);
}

/** The name of a level. */
export function nameOf(level: LogLevel): LevelName {
  for (const [name, value] of Object.entries(LogLevels)) if (value === level) return name as LevelName;
  throw new Error(`Cannot get log level: no name for level: ${level}`);
}

/** What a {@linkcode LogRecord} is made of. */
export interface LogRecordOptions {
  /** The message. */
  msg: string;
  /** What was passed behind the message. */
  args: unknown[];
  /** How serious it is. */
  level: LogLevel;
  /** Which logger it comes from. */
  loggerName: string;
}

/** One logged message, as handlers and formatters see it. */
export class LogRecord {
  /** The message as text. */
  readonly msg: string;
  /** The level's number. */
  readonly level: number;
  /** The level's name. */
  readonly levelName: string;
  /** The logger's name. */
  readonly loggerName: string;
  #args: unknown[];
  #datetime = new Date();

  /** Made at the time it is about. */
  constructor(options: LogRecordOptions) {
    this.msg = options.msg;
    this.level = options.level;
    this.levelName = nameOf(options.level);
    this.loggerName = options.loggerName;
    this.#args = [...options.args];
  }

  /** What was passed behind the message (a copy). */
  get args(): unknown[] {
    return [...this.#args];
  }

  /** When it was logged (a copy). */
  get datetime(): Date {
    return new Date(this.#datetime);
  }
}

/** What a {@linkcode BaseHandler} can be told. */
export interface BaseHandlerOptions {
  /** Makes the line of a record. Default: `LEVEL message`. */
  formatter?: FormatterFunction;
}

/** Takes the records of loggers, formats those at or above its level and logs the lines. */
export abstract class BaseHandler {
  /** Makes the line of a record. */
  formatter: FormatterFunction;
  #level: LogLevel;

  /** Made with the level from which on it takes records. */
  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.#level = levelOf(levelName);
    this.formatter = options.formatter ?? ((record) => `${record.levelName} ${record.msg}`);
  }

  /** Records below it are dropped. */
  get level(): LogLevel {
    return this.#level;
  }
  set level(level: LogLevel) {
    this.#level = levelOf(nameOf(level));
  }

  /** The level by name. */
  get levelName(): LevelName {
    return nameOf(this.#level);
  }
  set levelName(levelName: LevelName) {
    this.#level = levelOf(levelName);
  }

  /** Formats and logs a record that is at or above the handler's level. */
  handle(logRecord: LogRecord): void {
    if (logRecord.level >= this.#level) this.log(this.format(logRecord));
  }

  /** The line of a record. */
  format(logRecord: LogRecord): string {
    return this.formatter(logRecord);
  }

  /** Puts a line where it belongs. */
  abstract log(msg: string): void;

  /** Called by `setup()` when the handler begins its work. */
  setup(): void {}

  /** Called by the next `setup()` when the handler's work is over. */
  destroy(): void {}

  /** Ends the handler's work. */
  [Symbol.dispose](): void {
    this.destroy();
  }
}
