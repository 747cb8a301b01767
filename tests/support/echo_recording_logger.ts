import type { LogFields, Logger } from "../../mod.ts";

/** What was logged. */
export interface LogRecord {
  /** debug, info, warn or error. */
  readonly level: string;
  /** The message, called for. */
  readonly text: string;
  /** The same facts as data. */
  readonly fields: LogFields | undefined;
}

/** A logger that keeps everything, or asks for the messages of no level below `level`. */
export class RecordingLogger implements Logger {
  /** In order. */
  readonly records: LogRecord[] = [];
  /** Calls of each method, whether the message was asked for or not. */
  readonly calls = { debug: 0, info: 0, warn: 0, error: 0 };
  readonly debugEnabled?: boolean;

  /** @param debugEnabled As the property of {@linkcode Logger}; `undefined` leaves it out. */
  constructor(debugEnabled?: boolean) {
    if (debugEnabled !== undefined) this.debugEnabled = debugEnabled;
  }

  debug(message: () => string, fields?: () => LogFields): void {
    this.#record("debug", message, fields);
  }

  info(message: () => string, fields?: () => LogFields): void {
    this.#record("info", message, fields);
  }

  warn(message: () => string, fields?: () => LogFields): void {
    this.#record("warn", message, fields);
  }

  error(message: () => string, fields?: () => LogFields): void {
    this.#record("error", message, fields);
  }

  /** The texts of one level. */
  texts(level: string): string[] {
    return this.records.filter((record) => record.level === level).map(({ text }) => text);
  }

  #record(level: keyof RecordingLogger["calls"], message: () => string, fields?: () => LogFields): void {
    this.calls[level]++;
    this.records.push({ level, text: message(), fields: fields?.() });
  }
}
