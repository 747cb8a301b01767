import { assertEquals, assertStrictEquals } from "@std/assert";
import { connectionPair, type Logger } from "../../mod.ts";
import { traceConnection, TRACED_BYTES } from "../../lib/echo/trace_connection.ts";
import { utf8 } from "../support/echo_bytes.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";

Deno.test("traceConnection() gives the connection itself back without a logger or with debug off", () => {
  const [connection] = connectionPair();
  assertStrictEquals(traceConnection(connection, undefined), connection);
  assertStrictEquals(traceConnection(connection, new RecordingLogger(false)), connection);
});

Deno.test("traceConnection() traces with debug on, and where the logger does not say", async () => {
  for (const debugEnabled of [true, undefined]) {
    const [near, far] = connectionPair();
    const logger = new RecordingLogger(debugEnabled);
    await traceConnection(near, logger).write(utf8("x"));
    assertEquals(logger.texts("debug"), ['sent 1 bytes to 127.0.0.1:2: "x"']);
    near.close();
    far.close();
  }
});

Deno.test("traceConnection() tells each event as text and as fields, at debug", async () => {
  const [near, far] = connectionPair();
  const logger = new RecordingLogger(true);
  const traced = traceConnection(near, logger);
  await far.write(utf8('a"\r\n\u00e9'));
  await far.closeWrite();
  await traced.read(new Uint8Array(100));
  await traced.read(new Uint8Array(100));
  await traced.write(utf8("data1\n"));
  await traced.closeWrite();
  traced.close();
  const peer = "127.0.0.1:2";
  const data = '"a\\"\\r\\n\\xc3\\xa9"';
  const debug = (text: string, fields: Record<string, string | number>) => ({ level: "debug", text, fields });
  assertEquals(logger.records, [
    debug(`recv 6 bytes from ${peer}: ${data}`, { event: "recv", peer, bytes: 6, data }),
    debug(`no more data from ${peer}`, { event: "eof", peer }),
    debug(`sent 6 bytes to ${peer}: "data1\\n"`, { event: "sent", peer, bytes: 6, data: '"data1\\n"' }),
    debug(`closed the write side to ${peer}`, { event: "fin", peer }),
    debug(`close ${peer}`, { event: "close", peer }),
  ]);
  far.close();
});

Deno.test("traceConnection() shows 64 bytes whole and cuts 65", async () => {
  const [near, far] = connectionPair();
  const logger = new RecordingLogger(true);
  const traced = traceConnection(near, logger);
  assertEquals(TRACED_BYTES, 64);
  await traced.write(utf8("a".repeat(64)));
  await traced.write(utf8("b".repeat(65)));
  assertEquals(logger.texts("debug"), [
    `sent 64 bytes to 127.0.0.1:2: "${"a".repeat(64)}"`,
    `sent 65 bytes to 127.0.0.1:2: "${"b".repeat(64)}"... (64 of 65 bytes)`,
  ]);
  near.close();
  far.close();
});

Deno.test("traceConnection() tells FIN, close and abort once, whichever comes first", async () => {
  const traced = (logger: Logger) => {
    const [near, far] = connectionPair();
    return { connection: traceConnection(near, logger), far };
  };
  const closed = new RecordingLogger(true);
  const { connection, far } = traced(closed);
  await connection.closeWrite();
  await connection.closeWrite();
  connection.close();
  connection.abort();
  connection[Symbol.dispose]();
  assertEquals(closed.records.map(({ fields }) => fields?.event), ["fin", "close"]);
  far.close();
  const aborted = new RecordingLogger(true);
  const other = traced(aborted);
  other.connection.abort();
  other.connection.close();
  assertEquals(aborted.records.map(({ fields }) => fields?.event), ["abort"]);
  other.far.close();
});

Deno.test("traceConnection() passes addresses, results and errors through", async () => {
  const [near, far] = connectionPair();
  const logger = new RecordingLogger(true);
  const traced = traceConnection(near, logger);
  assertEquals([traced.localAddr, traced.remoteAddr], [near.localAddr, near.remoteAddr]);
  await far.write(utf8("hello"));
  const buffer = new Uint8Array(3);
  assertEquals([await traced.read(buffer), buffer], [3, utf8("hel")]);
  traced.close();
  const failed = await traced.write(utf8("x")).catch((error) => error);
  assertEquals(failed instanceof Deno.errors.BadResource, true);
  assertEquals(logger.records.map(({ fields }) => fields?.event), ["recv", "close"]);
  far.close();
});
