import { BaseHandler, type LevelName, Logger as StdLogger, type LogRecord } from "@std/log";
import type { LogFields, Logger } from "../core/logger.ts";
import { jsonLogLine } from "./json_log_line.ts";

/** Options for {@linkcode createLogger}. */
export interface CreateLoggerOptions {
  /** The lowest level that is logged. */
  level: "debug" | "info" | "warn" | "error";
  /** Lines for people, or one JSON object a line. */
  format: "text" | "json";
  /** Whether text lines have colors. */
  color: boolean;
  /** Where lines go, each with its line end. */
  write: (line: string) => void;
}

/** The logger of the command line: `@std/log`, to wherever `write` leads. */
export function createLogger(options: CreateLoggerOptions): Logger {
  const level = options.level.toUpperCase() as LevelName;
  const formatter = options.format === "json" ? formatJson : options.color ? formatColored : formatText;
  const log = new StdLogger("sounder", level, { handlers: [new LineHandler(level, { formatter }, options.write)] });
  return {
    debugEnabled: options.level === "debug",
    debug: (message, fields) => void log.debug(message, fields),
    info: (message, fields) => void log.info(message, fields),
    warn: (message, fields) => void log.warn(message, fields),
    error: (message, fields) => void log.error(message, fields),
  };
}

/** Hands each line on; the handlers of `@std/log` itself write to stdout or to files. */
class LineHandler extends BaseHandler {
  readonly #write: (line: string) => void;

  constructor(
    level: LevelName,
    options: { formatter: (record: LogRecord) => string },
    write: (line: string) => void,
  ) {
    super(level, options);
    this.#write = write;
  }

  override log(line: string): void {
    this.#write(line + "\n");
  }
}

function formatText(record: LogRecord): string {
  return `${record.datetime.toISOString()} ${record.levelName.padEnd(5)} ${record.msg}`;
}

const COLORS: Record<string, string> = { DEBUG: "\x1b[2m", INFO: "\x1b[34m", WARN: "\x1b[33m", ERROR: "\x1b[31m" };

function formatColored(record: LogRecord): string {
  return `${COLORS[record.levelName] ?? ""}${formatText(record)}\x1b[0m`;
}

function formatJson(record: LogRecord): string {
  const [fields] = record.args as [(() => LogFields)?];
  return jsonLogLine(record.levelName.toLowerCase(), record.msg, fields?.(), record.datetime);
}
