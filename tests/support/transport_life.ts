/**
 * The part of the transport's contract that tells how it begins, and what it says of itself.
 *
 * @module
 */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { randomBytes } from "./bytes.ts";
import { outcome, readAll, readExactly } from "./contract_connection.ts";
import type { TransportCase } from "./transport_contract.ts";

const failure = new Error("on purpose");

/** Cases about `connectionMade()` and the transport's state. */
export const lifeCases: Record<string, TransportCase> = {
  "connectionMade() is called before the transport is handed out, with it": async ({ start, far }) => {
    const recorder = start();
    assertEquals(recorder.events, ["made"]);
    assertStrictEquals(recorder.transport.getProtocol(), recorder);
    await far.write(randomBytes(1));
    await recorder.until(() => recorder.length === 1);
    assertEquals(recorder.events, ["made", "data"]);
  },

  "connectionMade() comes first, also where data and FIN wait already": async ({ start, far }) => {
    await far.write(randomBytes(1));
    await far.closeWrite();
    const recorder = start();
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "data", "eof", "lost"]);
  },

  "what connectionMade() writes goes out": async ({ start, far }) => {
    const bytes = randomBytes(100);
    start({ connectionMade: (transport) => transport.write(bytes) });
    assertEquals(await readExactly(far, 100), bytes);
  },

  "close() in connectionMade(): what it wrote goes out, and no data comes": async ({ start, far }) => {
    await far.write(randomBytes(1));
    const recorder = start({
      connectionMade(transport) {
        transport.write(randomBytes(10));
        transport.close();
      },
    });
    assertEquals(recorder.events, ["made"]);
    // What the far end sent is unread: TCP may answer with RST.
    await outcome(readAll(far));
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "lost"]);
  },

  "abort() in connectionMade() ends it, not from within": async ({ start }) => {
    const recorder = start({ connectionMade: (transport) => transport.abort() });
    assertEquals(recorder.events, ["made"]);
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "lost"]);
  },

  "an exception in connectionMade() ends it": async ({ start, errors }) => {
    const recorder = start({
      connectionMade() {
        throw failure;
      },
    });
    assertEquals(recorder.events, ["made"]);
    assertStrictEquals(await recorder.ended(), failure);
    assertEquals([recorder.events, errors], [["made", "lost"], [failure]]);
  },

  "isClosing(), isReading(), canWriteEof() and getWriteBufferSize() tell the state": async ({ start, kind }) => {
    const { transport, ended } = bound(start());
    const state = () => [transport.isClosing(), transport.isReading(), transport.canWriteEof()];
    assertEquals([state(), transport.getWriteBufferSize()], [[false, true, true], 0]);
    transport.pauseReading();
    assertEquals(state(), [false, false, true]);
    transport.resumeReading();
    transport.write(new Uint8Array(kind.overfull));
    assertEquals([state(), transport.getWriteBufferSize()], [[false, true, true], kind.overfull]);
    transport.close();
    assertEquals(state(), [true, false, true]);
    transport.pauseReading();
    transport.resumeReading();
    assertEquals(state(), [true, false, true]);
    transport.abort();
    await ended();
    assertEquals([state(), transport.getWriteBufferSize()], [[true, false, true], 0]);
  },

  "getExtraInfo() tells the addresses, also after the end": async ({ start, near, far }) => {
    const { transport, ended } = bound(start());
    const addresses = () => [transport.getExtraInfo("peername"), transport.getExtraInfo("sockname")];
    assertEquals(addresses(), [far.localAddr, near.localAddr]);
    transport.close();
    await ended();
    assertEquals(addresses(), [far.localAddr, near.localAddr]);
  },
};

function bound(recorder: ReturnType<Parameters<TransportCase>[0]["start"]>) {
  return { transport: recorder.transport, ended: () => recorder.ended() };
}
