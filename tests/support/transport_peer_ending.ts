/**
 * The part of the transport's contract that tells how it ends by what its peer does.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { isPeerReset } from "../../lib/net/is_peer_gone.ts";
import { randomBytes } from "./bytes.ts";
import { readAll, readExactly } from "./contract_connection.ts";
import type { Kind, TransportCase } from "./transport_contract.ts";
import { type Recorder, turns } from "./transport_recorder.ts";

/** What the peer's RST gives: without one in the platform, FIN comes instead. */
function assertReset({ resets }: Kind, error: Error | null): void {
  if (resets) assert(isPeerReset(error), `lost with ${error}`);
}

/** Writes until the connection is lost, which a peer that is gone makes it sooner or later. */
async function writeUntilLost(recorder: Recorder): Promise<Error | null> {
  for (let i = 0; i < 1000 && !recorder.has("lost"); i++) {
    recorder.transport.write(randomBytes(1));
    await turns(1);
  }
  return await recorder.ended();
}

/** Cases about FIN and RST. */
export const peerEndingCases: Record<string, TransportCase> = {
  "the peer's RST while idle": async ({ kind, start, far }) => {
    const recorder = start();
    await turns(1);
    far.abort();
    assertReset(kind, await recorder.ended());
    assertEquals(recorder.events, kind.resets ? ["made", "lost"] : ["made", "eof", "lost"]);
  },

  "the peer's RST behind data: the data comes first": async ({ kind, start, far }) => {
    const recorder = start();
    await far.write(randomBytes(1));
    far.abort();
    assertReset(kind, await recorder.ended());
    assertEquals(recorder.length, 1);
  },

  "the peer's RST while more is written than fits": async ({ kind, start, far }) => {
    const recorder = start();
    recorder.transport.write(new Uint8Array(kind.overfull));
    await readExactly(far, 1);
    far.abort();
    assertReset(kind, await recorder.ended());
    assertEquals(recorder.transport.getWriteBufferSize(), 0);
  },

  "the peer's RST while closing with more to write than fits": async ({ kind, start, far }) => {
    const recorder = start();
    recorder.transport.write(new Uint8Array(kind.overfull));
    recorder.transport.close();
    await readExactly(far, 1);
    far.abort();
    assertReset(kind, await recorder.ended());
    assertEquals(recorder.events.filter((event) => event !== "pause" && event !== "resume"), ["made", "lost"]);
  },

  "the peer's RST while paused is held": async ({ kind, start, far }) => {
    const recorder = start();
    await turns(1); // a read is under way
    recorder.transport.pauseReading();
    far.abort();
    await turns();
    assertEquals(recorder.events, ["made"]);
    recorder.transport.resumeReading();
    assertEquals(recorder.events, ["made"]);
    assertReset(kind, await recorder.ended());
  },

  "the peer's RST while paused from the first is held": async ({ kind, start, far }) => {
    const recorder = start({ connectionMade: (transport) => transport.pauseReading() });
    far.abort();
    await turns();
    assertEquals(recorder.events, ["made"]);
    recorder.transport.resumeReading();
    assertReset(kind, await recorder.ended());
  },

  "the peer's RST while paused is met by a write": async ({ start, far }) => {
    const recorder = start({ connectionMade: (transport) => transport.pauseReading() });
    far.abort();
    assertInstanceOf(await writeUntilLost(recorder), Error);
    assertEquals(recorder.events, ["made", "lost"]);
  },

  "the peer's RST after its FIN is met by a write": async ({ start, far }) => {
    const recorder = start({ eofReceived: () => true });
    await far.closeWrite();
    await recorder.until(() => recorder.has("eof"));
    far.abort();
    assertInstanceOf(await writeUntilLost(recorder), Error);
    assertEquals(recorder.events, ["made", "eof", "lost"]);
  },

  "the peer's FIN after writeEof(), and with close() at once": async ({ start, far }) => {
    const recorder = start({ eofReceived: () => recorder.transport.close() });
    recorder.transport.writeEof();
    assertEquals(await readAll(far), new Uint8Array());
    far.close();
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "eof", "lost"]);
  },

  "the peer's RST while closing, after its FIN": async ({ kind, start, far }) => {
    const recorder = start({ eofReceived: () => true });
    await far.closeWrite();
    await recorder.until(() => recorder.has("eof"));
    recorder.transport.write(new Uint8Array(kind.overfull));
    recorder.transport.close();
    await readExactly(far, 1);
    far.abort();
    assertReset(kind, await recorder.ended());
  },

  "the peer's FIN while closing is passed over": async ({ kind, start, far }) => {
    const recorder = start();
    recorder.transport.setWriteBufferLimits({ high: Infinity });
    recorder.transport.write(new Uint8Array(kind.overfull));
    recorder.transport.close();
    await far.closeWrite();
    await turns();
    assertEquals((await readAll(far)).length, kind.overfull);
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "lost"]);
  },
};
