/**
 * The part of the transport's contract about protocols with a buffer, and about changing the protocol.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { concat, randomBytes, sha256 } from "./bytes.ts";
import { readExactly } from "./contract_connection.ts";
import type { Stage, TransportCase } from "./transport_contract.ts";
import { BufferedRecorder, Recorder, turns } from "./transport_recorder.ts";

/** Has a protocol with a buffer of that size receive that many bytes. */
async function fill({ startBuffered, far }: Stage, size: number, length: number): Promise<BufferedRecorder> {
  const recorder = startBuffered(size);
  const bytes = randomBytes(length);
  await far.write(bytes);
  await far.closeWrite();
  assertEquals(await recorder.ended(), null);
  assertEquals(await sha256(recorder.bytes), await sha256(bytes));
  assertEquals(recorder.events, ["made", "data", "eof", "lost"]);
  return recorder;
}

/** Makes the change when so many bytes have come: in the callback that brought them. */
function changeAt(count: number, from: () => Recorder | BufferedRecorder, to: Recorder | BufferedRecorder) {
  return () => {
    if (from().length < count) return;
    to.connectionMade(from().transport);
    from().transport.setProtocol(to);
  };
}

/** Cases about `BufferedProtocol` and `setProtocol()`. */
export const switchingCases: Record<string, TransportCase> = {
  "a buffer of 1 byte gets everything": async (stage) => {
    const recorder = await fill(stage, 1, 500);
    assertEquals(recorder.pieces.length, 500);
  },

  "a buffer of 7 bytes gets everything": async (stage) => {
    const recorder = await fill(stage, 7, 3000);
    assert(recorder.pieces.every(({ length }) => length <= 7));
  },

  "a buffer of 64 KiB gets everything, in pieces as large as the hint": async (stage) => {
    const recorder = await fill(stage, 65536, stage.kind.large);
    assertEquals(recorder.pieces.map(({ length }) => length), recorder.hints);
  },

  "an empty buffer ends the connection": async ({ startBuffered, errors, far }) => {
    const recorder = startBuffered(0);
    await far.write(randomBytes(1));
    assertInstanceOf(await recorder.ended(), TypeError);
    assertEquals([recorder.events, errors], [["made", "lost"], [recorder.error]]);
  },

  "pausing in bufferUpdated() holds the rest": async ({ startBuffered, far }) => {
    const recorder = startBuffered(7, { bufferUpdated: () => recorder.transport.pauseReading() });
    const writing = far.write(randomBytes(20)).then(() => far.closeWrite());
    while (!recorder.has("lost")) {
      const before = recorder.length;
      recorder.transport.resumeReading();
      assertEquals(recorder.length, before);
      await recorder.until(() => recorder.length > before || recorder.has("eof"));
      await turns();
      assert(recorder.length <= before + 7);
    }
    await writing;
    assertEquals(recorder.bytes, randomBytes(20));
  },

  "pausing in getBuffer() holds the data": async ({ startBuffered, far }) => {
    const buffer = new Uint8Array(10);
    let asked = 0;
    const recorder = startBuffered(10, {
      getBuffer() {
        if (++asked === 1) recorder.transport.pauseReading();
        return buffer;
      },
    });
    await far.write(randomBytes(1));
    await turns();
    assertEquals([asked, recorder.length], [asked, 0]);
    recorder.transport.resumeReading();
    await far.closeWrite();
    await recorder.ended();
    assertEquals(recorder.length, 1);
  },

  "closing in getBuffer() is the end of data": async ({ startBuffered, far }) => {
    const recorder = startBuffered(1, {
      getBuffer() {
        recorder.transport.close();
        return new Uint8Array(1);
      },
    });
    await far.write(randomBytes(1));
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "lost"]);
  },

  "setProtocol() between two pieces: the new one gets what comes from then on": async ({ start, far }) => {
    const first = start();
    await far.write(randomBytes(10, 1));
    await first.until(() => first.length === 10);
    const second = new Recorder();
    second.connectionMade(first.transport); // as its owner may; the transport does not
    first.transport.setProtocol(second);
    assertStrictEquals(first.transport.getProtocol(), second);
    await far.write(randomBytes(10, 2));
    await far.closeWrite();
    assertEquals(await second.ended(), null);
    assertEquals([first.bytes, second.bytes], [randomBytes(10, 1), randomBytes(10, 2)]);
    assertEquals([first.events, second.events], [["made", "data"], ["made", "data", "eof", "lost"]]);
    assertEquals(second.violations, []);
  },

  "setProtocol() in dataReceived(), to one with a buffer": async ({ start, far }) => {
    const second = new BufferedRecorder(3);
    const first: Recorder = start({ dataReceived: changeAt(1, () => first, second) });
    await far.write(randomBytes(50));
    await first.until(() => first.has("data"));
    await far.closeWrite();
    await second.ended();
    assertEquals([first.pieces.length, second.violations], [1, []]);
    assertEquals(concat([first.bytes, second.bytes]), randomBytes(50));
  },

  "setProtocol() in bufferUpdated(), to one without a buffer: it gets the rest": async ({ startBuffered, far }) => {
    const second = new Recorder();
    const first: BufferedRecorder = startBuffered(3, { bufferUpdated: changeAt(20, () => first, second) });
    await far.write(randomBytes(50));
    await far.closeWrite();
    await second.ended();
    assert(first.length >= 20 && first.length <= 22);
    assertEquals(concat([first.bytes, second.bytes]), randomBytes(50));
    assertEquals(second.violations, []);
  },

  "setProtocol() while writing is paused: the new one is told to resume": async ({ kind, start, far }) => {
    const second = new Recorder({});
    const first = start();
    first.transport.setWriteBufferLimits({ high: 0 });
    first.transport.write(new Uint8Array(kind.overfull));
    second.connectionMade(first.transport);
    second.events.push("pause"); // as it must be told by whoever puts it in
    first.transport.setProtocol(second);
    await readExactly(far, kind.overfull);
    await second.until(() => second.has("resume"));
    assertEquals([first.events, second.events], [["made", "pause"], ["made", "pause", "resume"]]);
  },
};
