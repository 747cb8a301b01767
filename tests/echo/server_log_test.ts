import { assert, assertEquals, assertMatch } from "@std/assert";
import { connect, createEchoClient, type LogFields, type Logger, serve } from "../../mod.ts";
import { ServerLog } from "../../lib/echo/server_log.ts";
import { type LogRecord, RecordingLogger } from "../support/echo_recording_logger.ts";
import { connectResettable, until } from "../support/echo_wire.ts";

/** Serves one client that sends `data1\n` and a long line, and closes; returns the client's address. */
async function session(logger?: Logger): Promise<string> {
  const server = serve({ logger });
  const connection = await connect(server.addr);
  const peer = `127.0.0.1:${connection.localAddr.port}`;
  const client = createEchoClient(connection);
  await client.exchange(["data1\n"]);
  await client.exchange([`"${"\u00e9".repeat(40)}`]);
  await client.close();
  await until(() => server.stats.total === 1 && server.stats.open === 0);
  await server[Symbol.asyncDispose]();
  return peer;
}

const ofEvent = (records: LogRecord[], event: string) => records.filter(({ fields }) => fields?.event === event);

Deno.test("at debug the log tells each accept, recv, sent, eof, fin, close and end, in order", async () => {
  const logger = new RecordingLogger(true);
  const peer = await session(logger);
  // What it tells of socket options depends on the system: see tests/cli/socket_options_test.ts.
  const texts = logger.texts("debug").filter((text) => !/^(options of|socket options|max connect timeout)/.test(text));
  const long = `"\\"${"\\xc3\\xa9".repeat(31)}\\xc3"... (64 of 81 bytes)`;
  assertEquals(texts.slice(0, -1), [
    `accepted connection 1 from ${peer}`,
    `recv 6 bytes from ${peer}: "data1\\n"`,
    `sent 6 bytes to ${peer}: "data1\\n"`,
    `recv 81 bytes from ${peer}: ${long}`,
    `sent 81 bytes to ${peer}: ${long}`,
    `no more data from ${peer}`,
    `closed the write side to ${peer}`,
    `close ${peer}`,
  ]);
  assertMatch(
    texts[texts.length - 1],
    /^ended connection 1 from \S+: finished, 87 bytes in, 87 bytes out, \d+\.\d ms$/,
  );
});

Deno.test("the log's fields tell the same as its texts", async () => {
  const logger = new RecordingLogger(true);
  const peer = await session(logger);
  const fields = (event: string): (LogFields | undefined)[] =>
    ofEvent(logger.records, event).map(({ fields }) => fields);
  assertEquals(fields("accept"), [{ event: "accept", peer }]);
  assertEquals(fields("recv")[0], { event: "recv", peer, bytes: 6, data: '"data1\\n"' });
  assertEquals(fields("sent")[0], { event: "sent", peer, bytes: 6, data: '"data1\\n"' });
  assertEquals(fields("eof"), [{ event: "eof", peer }]);
  assertEquals(fields("close"), [{ event: "close", peer }]);
  assertEquals(fields("end"), [{ event: "end", peer, reason: "finished", bytesIn: 87, bytesOut: 87 }]);
});

Deno.test("at info an ordinary session is a start and a stop, at warn and error nothing", async () => {
  const logger = new RecordingLogger(true);
  await session(logger);
  const others = logger.records.filter(({ level }) => level !== "debug");
  assertEquals(others.map(({ level, fields }) => [level, fields?.event]), [["info", "started"], ["info", "stopped"]]);
  const [started, stopped] = others;
  assertMatch(started.text, /^started echo on 127\.0\.0\.1:\d+$/);
  assertEquals(stopped.text, "stopped: 1 connection, 0 refused, 87 bytes in, 87 bytes out");
  assertEquals(stopped.fields, { event: "stopped", total: 1, refused: 0, bytesIn: 87, bytesOut: 87, errors: 0 });
});

/** Counts the bytes that are escaped meanwhile: `escapeBytes()` makes each printable one with `String.fromCharCode()`. */
async function countEscaped(work: () => Promise<unknown>): Promise<number> {
  const real = String.fromCharCode;
  let escaped = 0;
  String.fromCharCode = (...codes) => {
    escaped++;
    return real(...codes);
  };
  try {
    await work();
  } finally {
    String.fromCharCode = real;
  }
  return escaped;
}

Deno.test("with debugEnabled false debug() is not called, and nothing is escaped", async () => {
  const logger = new RecordingLogger(false);
  assertEquals(await countEscaped(() => session(logger)), 0);
  assertEquals(logger.calls, { debug: 0, info: 2, warn: 0, error: 0 });
  assert(await countEscaped(() => session(new RecordingLogger(true))) > 0);
});

Deno.test("without a logger nothing is escaped", async () => {
  assertEquals(await countEscaped(() => session()), 0);
});

Deno.test("a reset is told at debug, with its reason, and nowhere else", async () => {
  const logger = new RecordingLogger(true);
  await using server = serve({ logger });
  const peer = await connectResettable(server.addr.port);
  await peer.write(new Uint8Array([0x41]));
  await until(() => server.stats.bytesOut === 1);
  await peer.reset();
  await until(() => server.stats.errors === 1);
  const [end] = ofEvent(logger.records, "end");
  assertMatch(end.text, /^ended connection 1 from \S+: reset \(.+\), 1 bytes in, 1 bytes out, /);
  assertEquals(end.fields?.reason, "reset");
  assertEquals(logger.records.filter(({ level }) => level === "warn" || level === "error"), []);
});

Deno.test("ServerLog tells of failing to accept once, not each time", () => {
  const logger = new RecordingLogger(false);
  const log = new ServerLog(logger);
  for (let i = 0; i < 1000; i++) log.acceptFailed(new Error("too many open files"));
  assertEquals(logger.texts("warn"), ["cannot accept connections, trying on: too many open files"]);
});

Deno.test("ServerLog tells what was thrown, error or not", () => {
  const logger = new RecordingLogger(false);
  const log = new ServerLog(logger);
  log.failed(new TypeError("bad"));
  log.failed("plain text");
  log.failed(undefined);
  assertEquals(logger.texts("error"), ["bad", "plain text", "undefined"]);
});
