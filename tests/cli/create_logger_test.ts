import { assertEquals, assertMatch } from "@std/assert";
import { createLogger, type CreateLoggerOptions } from "../../lib/cli/create_logger.ts";

function logged(options: Partial<CreateLoggerOptions>) {
  const lines: string[] = [];
  const logger = createLogger({ level: "info", format: "text", color: false, write: (l) => lines.push(l), ...options });
  return { lines, logger };
}

Deno.test("text: time, level, message, each in a line", () => {
  const { lines, logger } = logged({});
  logger.info(() => "started");
  logger.warn(() => "trouble");
  assertEquals(lines.length, 2);
  assertMatch(lines[0], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO {2}started\n$/);
  assertMatch(lines[1], /^\S+Z WARN {2}trouble\n$/);
});

Deno.test("json: one object a line, with the fields", () => {
  const { lines, logger } = logged({ format: "json", level: "debug", color: true });
  logger.debug(() => 'recv "x"', () => ({ event: "recv", bytes: 1, data: '"\\n"' }));
  logger.error(() => "bad");
  const [first, second] = lines.map((line) => JSON.parse(line));
  assertMatch(first.time, /^\d{4}-.*Z$/);
  assertEquals({ ...first, time: 0 }, {
    time: 0,
    level: "debug",
    message: 'recv "x"',
    event: "recv",
    bytes: 1,
    data: '"\\n"',
  });
  assertEquals([second.level, second.message], ["error", "bad"]);
  for (const line of lines) assertEquals(line.indexOf("\n"), line.length - 1);
});

Deno.test("below the level no message is even made", () => {
  const levels = ["debug", "info", "warn", "error"] as const;
  for (const [lowest, level] of levels.entries()) {
    const { lines, logger } = logged({ level });
    let made = 0;
    for (const name of levels) logger[name](() => `${name} ${++made}`);
    assertEquals([lines.length, made], [levels.length - lowest, levels.length - lowest], level);
    assertEquals(logger.debugEnabled, level === "debug");
  }
});

Deno.test("colors wrap the line and end with it", () => {
  const { lines, logger } = logged({ color: true });
  logger.error(() => "bad");
  assertEquals(lines[0].startsWith("\x1b[31m"), true);
  assertEquals(lines[0].endsWith("bad\x1b[0m\n"), true);
});
