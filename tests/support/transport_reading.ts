/**
 * The part of the transport's contract that tells how data and FIN come.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { concat, randomBytes, sha256 } from "./bytes.ts";
import { outcome, readAll, readExactly } from "./contract_connection.ts";
import type { TransportCase } from "./transport_contract.ts";
import { turns } from "./transport_recorder.ts";

/** Cases about `dataReceived()`, `eofReceived()`, and pausing them. */
export const readingCases: Record<string, TransportCase> = {
  "all bytes come, in order, in no empty piece": async ({ kind, start, far }) => {
    const bytes = randomBytes(kind.large);
    const recorder = start();
    await far.write(bytes);
    await far.closeWrite();
    assertEquals(await recorder.ended(), null);
    assertEquals(await sha256(recorder.bytes), await sha256(bytes));
    assertEquals(recorder.events, ["made", "data", "eof", "lost"]);
  },

  "the data is the protocol's to keep and to change": async ({ start, far }) => {
    const recorder = start({ dataReceived: (data) => data.fill(0) });
    for (let i = 1; i <= 3; i++) {
      await far.write(randomBytes(10, i));
      await recorder.until(() => recorder.length === 10 * i);
    }
    assertEquals(recorder.bytes, new Uint8Array(30));
  },

  "eofReceived() that gives true keeps the write side open": async ({ start, far }) => {
    const recorder = start({ eofReceived: () => true });
    await far.closeWrite();
    await recorder.until(() => recorder.has("eof"));
    await turns();
    const { transport } = recorder;
    assertEquals([recorder.events, transport.isClosing()], [["made", "eof"], false]);
    for (let i = 0; i < 3; i++) {
      transport.write(randomBytes(100, i));
      assertEquals(await readExactly(far, 100), randomBytes(100, i));
    }
    transport.pauseReading();
    transport.resumeReading();
    transport.close();
    assertEquals([await readAll(far), await recorder.ended()], [new Uint8Array(), null]);
    assertEquals(recorder.events, ["made", "eof", "lost"]);
  },

  "eofReceived() that gives anything else closes when all is written": async ({ kind, start, far }) => {
    const bytes = randomBytes(kind.overfull);
    const recorder = start({
      connectionMade: (transport) => transport.write(bytes),
      // True to JavaScript, but not true.
      eofReceived: () => 1,
    });
    await far.closeWrite();
    await recorder.until(() => recorder.has("eof"));
    assertEquals(recorder.transport.isClosing(), true);
    assertEquals(await sha256(await readAll(far)), await sha256(bytes));
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events.filter((event) => event !== "pause" && event !== "resume"), ["made", "eof", "lost"]);
  },

  "a promise of true is not true": async ({ start, far }) => {
    const recorder = start({ eofReceived: () => Promise.resolve(true) });
    await far.closeWrite();
    assertEquals(await recorder.ended(), null);
  },

  "half-close from this side: reading goes on after writeEof()": async ({ start, far }) => {
    const recorder = start();
    recorder.transport.write(randomBytes(10));
    recorder.transport.writeEof();
    assertEquals(await readAll(far), randomBytes(10));
    for (let i = 1; i <= 3; i++) {
      await far.write(randomBytes(100, i));
      await recorder.until(() => recorder.length === 100 * i);
    }
    assertEquals(recorder.transport.isClosing(), false);
    await far.closeWrite();
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.bytes, concat([1, 2, 3].map((seed) => randomBytes(100, seed))));
  },

  "paused, nothing is delivered: data is held, and comes after resumeReading()": async ({ start, far }) => {
    const recorder = start();
    const { transport } = recorder;
    await turns(1); // a read is under way
    transport.pauseReading();
    transport.pauseReading();
    const writing = far.write(randomBytes(50));
    await turns();
    assertEquals([recorder.length, transport.isReading()], [0, false]);
    transport.resumeReading();
    transport.resumeReading();
    assertEquals([recorder.length, transport.isReading()], [0, true]);
    await writing;
    await recorder.until(() => recorder.length === 50);
    assertEquals(recorder.bytes, randomBytes(50));
  },

  "paused in connectionMade(), nothing is delivered until resumed": async ({ start, far }) => {
    const recorder = start({ connectionMade: (transport) => transport.pauseReading() });
    const writing = far.write(randomBytes(50));
    await turns();
    assertEquals(recorder.events, ["made"]);
    recorder.transport.resumeReading();
    await writing;
    await recorder.until(() => recorder.length === 50);
  },

  "paused and resumed with nothing there, what comes is delivered once": async ({ start, far }) => {
    const recorder = start();
    for (let i = 0; i < 3; i++) {
      recorder.transport.pauseReading();
      await turns(i);
      recorder.transport.resumeReading();
      await turns(i);
    }
    await far.write(randomBytes(50));
    await far.closeWrite();
    await recorder.ended();
    assertEquals(recorder.bytes, randomBytes(50));
  },

  "a FIN that comes while paused is held": async ({ start, far }) => {
    const recorder = start();
    await turns(1); // a read is under way
    recorder.transport.pauseReading();
    await far.closeWrite();
    await turns();
    assertEquals(recorder.events, ["made"]);
    recorder.transport.resumeReading();
    assertEquals(recorder.events, ["made"]);
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "eof", "lost"]);
  },

  "paused in dataReceived(), the FIN behind the data is held": async ({ start, far }) => {
    const recorder = start({ dataReceived: () => recorder.transport.pauseReading() });
    await far.write(randomBytes(1));
    await far.closeWrite();
    await recorder.until(() => recorder.has("data"));
    await turns();
    assertEquals(recorder.events, ["made", "data"]);
    recorder.transport.resumeReading();
    assertEquals(await recorder.ended(), null);
  },

  "pausing in each dataReceived() loses nothing": async ({ kind, start, far }) => {
    const bytes = randomBytes(Math.min(kind.large, 300));
    const recorder = start({
      async dataReceived() {
        recorder.transport.pauseReading();
        await undefined;
        recorder.transport.resumeReading();
      },
    });
    await far.write(bytes);
    await far.closeWrite();
    await recorder.ended();
    assertEquals(recorder.bytes, bytes);
  },

  "close() while paused drops what is held": async ({ start, far }) => {
    const recorder = start();
    await turns(1); // a read is under way
    recorder.transport.pauseReading();
    await far.write(randomBytes(1));
    await turns();
    recorder.transport.close();
    recorder.transport.resumeReading();
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "lost"]);
    await outcome(readAll(far));
  },
};
