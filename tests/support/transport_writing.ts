/**
 * The part of the transport's contract that tells how bytes go out.
 *
 * @module
 */
import { assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import { concat, randomBytes, sha256 } from "./bytes.ts";
import { readAll, readExactly } from "./contract_connection.ts";
import { RecordingLogger } from "./echo_recording_logger.ts";
import type { TransportCase } from "./transport_contract.ts";
import { turns } from "./transport_recorder.ts";

/** Cases about `write()`, its kin and its limits. */
export const writingCases: Record<string, TransportCase> = {
  "bytes go out whole and in order, however they are cut": async ({ kind, start, far }) => {
    const bytes = randomBytes(kind.large);
    const { transport } = start();
    const pieces: Uint8Array[] = [];
    for (let at = 0, size = 0; at < bytes.length; at += size) {
      size = 1 + 3 * size;
      pieces.push(bytes.subarray(at, at + size));
    }
    const [head, ...rest] = pieces;
    transport.write(head);
    transport.writeLines(rest);
    transport.writeEof();
    assertEquals(await sha256(await readAll(far)), await sha256(bytes));
  },

  "the bytes given to write() may be changed at once": async ({ start, far }) => {
    const { transport } = start();
    const bytes = randomBytes(100);
    transport.write(bytes);
    bytes.fill(0);
    const lines = [randomBytes(10, 2), randomBytes(10, 3)];
    transport.writeLines(lines);
    for (const line of lines) line.fill(0);
    assertEquals(await readExactly(far, 120), concat([randomBytes(100), randomBytes(10, 2), randomBytes(10, 3)]));
  },

  "empty writes do nothing, among others and alone": async ({ kind, start, far }) => {
    const recorder = start();
    const { transport } = recorder;
    const none = new Uint8Array();
    const bytes = randomBytes(Math.min(kind.large, 70_000));
    transport.write(none);
    transport.writeLines([]);
    transport.writeLines([none, none]);
    assertEquals(transport.getWriteBufferSize(), 0);
    transport.writeLines([none, bytes, none]);
    transport.write(none);
    assertEquals(transport.getWriteBufferSize(), bytes.length);
    assertEquals(await readExactly(far, bytes.length), bytes);
    transport.write(bytes);
    transport.close();
    assertEquals(await readAll(far), bytes);
    assertEquals(await recorder.ended(), null);
  },

  "what is no Uint8Array is a TypeError, and none of it is sent": async ({ start, far }) => {
    const { transport } = start();
    assertThrows(() => transport.write("text" as never), TypeError, "cannot write");
    assertThrows(() => transport.write(new ArrayBuffer(1) as never), TypeError, "cannot write");
    assertThrows(() => transport.writeLines([randomBytes(1), null as never]), TypeError, "cannot write");
    assertThrows(() => transport.writeLines(randomBytes(1) as never), TypeError, "cannot write");
    transport.writeEof();
    assertEquals(await readAll(far), new Uint8Array());
  },

  "write() after writeEof() is a BrokenPipe; a second writeEof() does nothing": async ({ start, far }) => {
    const { transport } = start();
    transport.write(randomBytes(5));
    transport.writeEof();
    transport.writeEof();
    assertThrows(() => transport.write(randomBytes(1)), Deno.errors.BrokenPipe, "writeEof()");
    assertEquals(await readAll(far), randomBytes(5));
    transport.writeEof();
    assertThrows(() => transport.writeLines([randomBytes(1)]), Deno.errors.BrokenPipe);
    await far.write(randomBytes(1));
    await turns();
    assertEquals(transport.isClosing(), false);
  },

  "writeEof() after close() does nothing": async ({ start, far }) => {
    const recorder = start();
    recorder.transport.write(randomBytes(5));
    recorder.transport.close();
    recorder.transport.writeEof();
    assertEquals([await readAll(far), await recorder.ended()], [randomBytes(5), null]);
    recorder.transport.writeEof();
  },

  "write() after close() does nothing, and warns from the fifth on": async ({ start, far }) => {
    const logger = new RecordingLogger();
    const recorder = start({}, { logger });
    const { transport } = recorder;
    transport.write(randomBytes(5));
    transport.close();
    transport.write(randomBytes(1));
    transport.write(new Uint8Array()); // counts for nothing
    transport.writeLines([randomBytes(1), randomBytes(1)]);
    assertEquals([await readAll(far), await recorder.ended()], [randomBytes(5), null]);
    transport.write(randomBytes(1));
    transport.write(randomBytes(1));
    assertEquals(logger.records, []);
    transport.write(randomBytes(1));
    transport.write(randomBytes(1));
    assertEquals([logger.texts("warn").length, logger.records.length], [2, 2]);
    assertStringIncludes(logger.texts("warn")[0], "write() after the connection with 127.0.0.1:");
    assertEquals(logger.records[0].fields?.event, "vain-write");
  },

  "pauseWriting() comes strictly over the high-water mark, from within write()": async ({ start, far }) => {
    const recorder = start();
    recorder.transport.setWriteBufferLimits({ high: 100, low: 20 });
    recorder.transport.write(randomBytes(100));
    assertEquals(recorder.events, ["made"]);
    recorder.transport.write(randomBytes(1));
    assertEquals(recorder.events, ["made", "pause"]);
    recorder.transport.write(randomBytes(50));
    assertEquals(recorder.events, ["made", "pause"]);
    await readExactly(far, 151);
    await recorder.until(() => recorder.has("resume"));
    assertEquals([recorder.events, recorder.transport.getWriteBufferSize()], [["made", "pause", "resume"], 0]);
  },

  "while the peer does not read, writing stays paused; pauses and resumptions alternate": async (stage) => {
    const { kind, far } = stage;
    const recorder = stage.start();
    for (let round = 1; round <= 3; round++) {
      recorder.transport.write(new Uint8Array(kind.overfull));
      recorder.transport.setWriteBufferLimits({ high: 10 });
      await turns();
      assertEquals(recorder.events.filter((event) => event === "resume").length, round - 1);
      assertGreater(recorder.transport.getWriteBufferSize(), 10);
      await readExactly(far, kind.overfull);
      await recorder.until(() => recorder.events.filter((event) => event === "resume").length === round);
    }
    assertEquals(recorder.events.slice(1), Array(3).fill(["pause", "resume"]).flat());
  },

  "high 0: any byte pauses, and none left resumes": async ({ start, far }) => {
    const recorder = start();
    recorder.transport.setWriteBufferLimits({ high: 0 });
    assertEquals(recorder.transport.getWriteBufferLimits(), { high: 0, low: 0 });
    for (let i = 1; i <= 3; i++) {
      recorder.transport.write(randomBytes(1));
      assertEquals(recorder.events.at(-1), "pause");
      await readExactly(far, 1);
      await recorder.until(() => recorder.events.length === 1 + 2 * i);
      assertEquals(recorder.events.at(-1), "resume");
    }
  },

  "setWriteBufferLimits() judges what is buffered already": async ({ kind, start }) => {
    const recorder = start();
    recorder.transport.setWriteBufferLimits({ high: 2 * kind.overfull });
    recorder.transport.write(new Uint8Array(kind.overfull));
    assertEquals(recorder.events, ["made"]);
    recorder.transport.setWriteBufferLimits({ high: kind.overfull });
    assertEquals(recorder.events, ["made"]);
    recorder.transport.setWriteBufferLimits({ high: kind.overfull - 1 });
    assertEquals(recorder.events, ["made", "pause"]);
    recorder.transport.setWriteBufferLimits({ high: kind.overfull, low: kind.overfull });
    assertEquals(recorder.events, ["made", "pause", "resume"]);
    await recorder.until(() => true);
  },

  "limits that cannot hold are a RangeError and change nothing": async ({ start }) => {
    const { transport } = start();
    assertEquals(transport.getWriteBufferLimits(), { high: 65536, low: 16384 });
    for (const limits of [{ high: 1, low: 2 }, { low: -1 }, { high: -1 }, { high: NaN }, { low: NaN }]) {
      assertThrows(() => transport.setWriteBufferLimits(limits), RangeError, "high >= low >= 0");
    }
    assertEquals(transport.getWriteBufferLimits(), { high: 65536, low: 16384 });
    await turns(0);
  },

  "what pauseWriting() and resumeWriting() write goes out in its place": async ({ start, far }) => {
    const [first, second, third] = [101, 30, 120].map(randomBytes);
    const recorder = start({
      connectionMade: (transport) => transport.setWriteBufferLimits({ high: 100, low: 20 }),
      pauseWriting: () => !recorder.has("resume") && recorder.transport.write(second),
      resumeWriting: () => recorder.events.length === 3 && recorder.transport.write(third),
    });
    recorder.transport.write(first);
    assertEquals(await readExactly(far, 251), concat([first, second, third]));
    await recorder.until(() => recorder.events.length === 5);
    assertEquals(recorder.events, ["made", "pause", "resume", "pause", "resume"]);
  },
};
