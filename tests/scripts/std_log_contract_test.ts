/**
 * What this project relies on in @std/log. The same file runs on the original and on the stand-in in `scripts/offline/`, by what
 * the import map makes of its name: a stand-in that passes here may take the original's place.
 */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { BaseHandler, getLogger, type LevelName, Logger, LogLevels, type LogRecord, setup } from "@std/log";

class Recorder extends BaseHandler {
  lines: string[] = [];
  calls: string[] = [];
  override log(line: string): void {
    this.lines.push(line);
  }
  override setup(): void {
    this.calls.push("setup");
  }
  override destroy(): void {
    this.calls.push("destroy");
  }
}

Deno.test("@std/log: a message below the level is neither made nor handled", () => {
  const handler = new Recorder("NOTSET");
  const logger = new Logger("test", "INFO", { handlers: [handler] });
  let made = 0;
  const result = logger.debug(() => `${++made}`);
  assertEquals([result, logger.debug("plain"), made, handler.lines], [undefined, "plain", 0, []]);
  assertEquals(logger.info(() => `made ${++made}`), "made 1");
  assertEquals([made, handler.lines], [1, ["INFO made 1"]]);
  logger.levelName = "DEBUG";
  logger.debug(() => "now");
  assertEquals(handler.lines, ["INFO made 1", "DEBUG now"]);
});

Deno.test("@std/log: levels, from debug to critical, at the logger and at the handler", () => {
  const handler = new Recorder("WARN", { formatter: (record) => `${record.levelName} ${record.level}` });
  const logger = new Logger("test", "NOTSET", { handlers: [handler] });
  for (const method of ["debug", "info", "warn", "error", "critical"] as const) logger[method]("x");
  assertEquals(handler.lines, ["WARN 30", "ERROR 40", "CRITICAL 50"]);
  handler.levelName = "ERROR";
  assertEquals([handler.level, logger.level, logger.levelName, logger.loggerName], [40, 0, "NOTSET", "test"]);
  handler.level = LogLevels.DEBUG;
  assertEquals(handler.levelName, "DEBUG");
  assertThrows(() => new Logger("test", "LOUD" as LevelName), Error, "no level named LOUD");
  assertEquals({ ...LogLevels }, { NOTSET: 0, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, CRITICAL: 50 });
});

Deno.test("@std/log: what was passed behind the message reaches the record", () => {
  const records: LogRecord[] = [];
  const handler = new Recorder("NOTSET", { formatter: (record) => (records.push(record), record.msg) });
  const begin = Date.now();
  new Logger("net", "NOTSET", { handlers: [handler] }).info(() => "accept", { peer: "a" }, 7);
  const [{ msg, args, datetime, level, levelName, loggerName }] = records;
  assertEquals({ msg, args, level, levelName, loggerName }, {
    msg: "accept",
    args: [{ peer: "a" }, 7],
    level: 20,
    levelName: "INFO",
    loggerName: "net",
  });
  assert(datetime instanceof Date && datetime.getTime() >= begin && datetime.getTime() <= Date.now());
});

Deno.test("@std/log: what is not text is logged as text", () => {
  const handler = new Recorder("NOTSET", { formatter: (record) => record.msg });
  const logger = new Logger("test", "NOTSET", { handlers: [handler] });
  const error = new Error("x");
  logger.info({ a: 1, b: "c", d: { e: null } });
  logger.info(7n);
  logger.info(undefined);
  logger.error(error);
  assertEquals(handler.lines, ['{"a":1,"b":"c","d":{"e":null}}', "7", "undefined", error.stack]);
});

Deno.test("@std/log: a handler takes a record by itself; without a formatter it prints level and message", () => {
  const records: LogRecord[] = [];
  const source = new Recorder("NOTSET", { formatter: (record) => (records.push(record), "") });
  new Logger("test", "NOTSET", { handlers: [source] }).warn("m");
  const [deaf, all] = [new Recorder("ERROR"), new Recorder("WARN")];
  for (const handler of [deaf, all]) handler.handle(records[0]);
  assertEquals([deaf.format(records[0]), deaf.lines, all.lines], ["WARN m", [], ["WARN m"]]);
});

Deno.test("@std/log: setup and getLogger", () => {
  const [first, second] = [new Recorder("NOTSET"), new Recorder("NOTSET")];
  setup({
    handlers: { first },
    loggers: { default: { level: "DEBUG", handlers: ["first"] }, net: { handlers: ["first", "nobody"] } },
  });
  getLogger().debug("a");
  getLogger("net").debug("below INFO, its level where none is named");
  getLogger("net").info("b");
  getLogger("other").critical("no handler");
  assertStrictEquals(getLogger("other"), getLogger("other"));
  assertEquals([first.lines, first.calls], [["DEBUG a", "INFO b"], ["setup"]]);
  setup({ handlers: { second }, loggers: { default: { level: "NOTSET", handlers: ["second"] } } });
  getLogger().info("c");
  assertEquals([first.calls, second.lines], [["setup", "destroy"], ["INFO c"]]);
  second[Symbol.dispose]();
  assertEquals(second.calls, ["setup", "destroy"]);
});
