/**
 * The part of the transport's contract that tells how it ends by itself.
 *
 * @module
 */
import { assertEquals, assertLess } from "@std/assert";
import type { Transport } from "../../lib/transport/transport.ts";
import { randomBytes, sha256 } from "./bytes.ts";
import { outcome, readAll, readExactly } from "./contract_connection.ts";
import type { TransportCase } from "./transport_contract.ts";
import { turns } from "./transport_recorder.ts";

/** Every pair of calls that may end a connection; `true` where what was buffered must come. */
const ORDERS: Record<string, [calls: ((transport: Transport) => void)[], flushes: boolean]> = {
  "close(), close()": [[(transport) => transport.close(), (transport) => transport.close()], true],
  "writeEof(), close()": [[(transport) => transport.writeEof(), (transport) => transport.close()], true],
  "close(), abort()": [[(transport) => transport.close(), (transport) => transport.abort()], false],
  "abort(), close()": [[(transport) => transport.abort(), (transport) => transport.close()], false],
  "abort(), abort()": [[(transport) => transport.abort(), (transport) => transport.abort()], false],
  "writeEof(), abort()": [[(transport) => transport.writeEof(), (transport) => transport.abort()], false],
};

const orderCases: Record<string, TransportCase> = {};
for (const [title, [calls, flushes]] of Object.entries(ORDERS)) {
  for (const gap of [0, 1]) {
    orderCases[`${title}${gap ? ", a turn between" : ""}: connectionLost(null) once`] = async (
      { kind, start, far },
    ) => {
      const bytes = randomBytes(kind.overfull);
      const recorder = start();
      recorder.transport.setWriteBufferLimits({ high: Infinity });
      recorder.transport.write(bytes);
      for (const call of calls) {
        call(recorder.transport);
        await turns(gap);
      }
      const received = flushes ? await readAll(far) : undefined;
      assertEquals(await recorder.ended(), null);
      assertEquals(recorder.events, ["made", "lost"]);
      if (received) assertEquals(await sha256(received), await sha256(bytes));
      recorder.transport.abort();
      recorder.transport.close();
      await turns();
      assertEquals(recorder.events, ["made", "lost"]);
    };
  }
}

const ownEnds: Record<string, TransportCase> = {
  "close() with nothing buffered ends it, not from within": async ({ start, far }) => {
    const recorder = start();
    recorder.transport.close();
    assertEquals([recorder.events, recorder.transport.isClosing()], [["made"], true]);
    assertEquals([await readAll(far), await recorder.ended()], [new Uint8Array(), null]);
  },

  "close() in dataReceived(): no more data comes, the answer goes out": async ({ start, far }) => {
    const recorder = start({
      dataReceived() {
        recorder.transport.write(randomBytes(10));
        recorder.transport.close();
      },
    });
    await far.write(randomBytes(1));
    assertEquals([await readAll(far), await recorder.ended()], [randomBytes(10), null]);
    assertEquals(recorder.length, 1);
  },

  "abort() drops what is buffered, and the peer sees RST": async ({ kind, start, far }) => {
    const recorder = start();
    recorder.transport.write(new Uint8Array(kind.overfull));
    await readExactly(far, 1);
    recorder.transport.abort();
    assertEquals([recorder.transport.getWriteBufferSize(), recorder.has("lost")], [0, false]);
    assertEquals(await recorder.ended(), null);
    let rest = 0;
    const buffer = new Uint8Array(65536);
    const reading = (async () => {
      for (let n = await far.read(buffer); n !== null; n = await far.read(buffer)) rest += n;
      return "FIN";
    })();
    assertEquals(await outcome(reading), kind.resets ? "ConnectionReset" : "FIN");
    assertLess(rest, kind.overfull - 1);
  },

  "abort() in each callback is the last of them but connectionLost()": async ({ start, far }) => {
    const recorder = start({
      dataReceived() {
        recorder.transport.write(new Uint8Array(100_000));
      },
      pauseWriting: () => recorder.transport.abort(),
    });
    await far.write(randomBytes(1));
    assertEquals(await recorder.ended(), null);
    assertEquals(recorder.events, ["made", "data", "pause", "lost"]);
  },
};

/** Cases about `close()` and `abort()`. */
export const endingCases: Record<string, TransportCase> = { ...orderCases, ...ownEnds };
