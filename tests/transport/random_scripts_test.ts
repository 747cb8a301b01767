import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { connectionPair, type ConnectionPairOptions } from "../../lib/net/connection_pair.ts";
import { createTransport } from "../../lib/transport/create_transport.ts";
import { concat, randomBytes } from "../support/bytes.ts";
import { type Hooks, Recorder, turns } from "../support/transport_recorder.ts";

/** What a side does next; `turn` lets what is under way go on. */
type Step =
  | { do: "write"; bytes: number }
  | { do: "writeEof" | "close" | "abort" | "pauseReading" | "resumeReading" | "turn" };

/** How the protocol of a side behaves. */
interface Manner {
  keepsOpen: boolean;
  high: number;
  /** The callback that throws, or rejects, at that call of it. */
  fails?: { callback: Exclude<keyof Hooks, "getBuffer" | "bufferUpdated">; at: number; rejects: boolean };
}

interface Script {
  link: NonNullable<ConnectionPairOptions["forth"]>;
  manners: [Manner, Manner];
  steps: { side: 0 | 1; step: Step }[];
}

const callback = fc.constantFrom(
  ...["connectionMade", "dataReceived", "eofReceived", "pauseWriting", "resumeWriting", "connectionLost"] as const,
);

const manner: fc.Arbitrary<Manner> = fc.record({
  keepsOpen: fc.boolean(),
  high: fc.constantFrom(0, 10, 100, 65536),
  fails: fc.option(fc.record({ callback, at: fc.integer({ min: 1, max: 3 }), rejects: fc.boolean() }), {
    nil: undefined,
    freq: 3,
  }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("write" as const), bytes: fc.integer({ min: 0, max: 300 }) }) },
  { weight: 5, arbitrary: fc.constant<Step>({ do: "turn" }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: "pauseReading" }, { do: "resumeReading" }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: "writeEof" }, { do: "close" }, { do: "abort" }) },
);

const script: fc.Arbitrary<Script> = fc.record({
  link: fc.record({
    bufferSize: fc.constantFrom(1, 7, 100, 65536),
    maxChunk: fc.constantFrom(1, 13, Infinity),
  }),
  manners: fc.tuple(manner, manner),
  steps: fc.array(fc.record({ side: fc.constantFrom(0 as const, 1 as const), step }), { maxLength: 40 }),
});

/** A side as the model sees it. */
class Side {
  readonly recorder: Recorder;
  readonly sent: Uint8Array[] = [];
  /** What its protocol threw. */
  failure: Error | undefined;
  aborted = false;
  closed = false;
  eofWritten = false;
  #calls = 0;

  constructor({ fails, keepsOpen }: Manner) {
    const hooks: Hooks = { eofReceived: () => keepsOpen };
    if (fails) {
      hooks[fails.callback] = () => {
        if (++this.#calls !== fails.at) return fails.callback === "eofReceived" ? keepsOpen : undefined;
        const failure = this.failure = new Error("on purpose");
        if (fails.rejects) return Promise.reject(failure);
        throw failure;
      };
    }
    this.recorder = new Recorder(hooks);
  }

  take(step: Step, seed: number): void {
    const { transport } = this.recorder;
    if (step.do === "turn" || step.do === "write" && this.eofWritten) return;
    const open = !transport.isClosing();
    if (step.do === "write") {
      const bytes = randomBytes(step.bytes, seed);
      transport.write(bytes);
      if (open) this.sent.push(bytes);
      return;
    }
    transport[step.do]();
    if (step.do === "abort") this.aborted = true;
    if (step.do === "close") this.closed = true;
    if (step.do === "writeEof" && open) this.eofWritten = true;
  }

  /** Ends in order what the script has left open. */
  finish(): void {
    const { transport } = this.recorder;
    transport.resumeReading();
    transport.writeEof();
  }
}

async function play({ link, manners, steps }: Script): Promise<[Side, Side]> {
  const ends = connectionPair({ forth: link, back: link });
  const sides: [Side, Side] = [new Side(manners[0]), new Side(manners[1])];
  for (const [i, { recorder }] of sides.entries()) {
    createTransport(ends[i], recorder).setWriteBufferLimits({ high: manners[i].high });
  }
  for (const [i, { side, step }] of steps.entries()) {
    sides[side].take(step, i + 1);
    if (step.do === "turn") await turns(1);
  }
  // Both closing with more to send than fits, neither reads any more, and both would wait for ever; as in asyncio.
  const waits = ({ recorder: { transport } }: Side) => transport.isClosing() && transport.getWriteBufferSize() > 0;
  if (sides.every(waits)) sides[0].take({ do: "abort" }, 0);
  for (const side of sides) side.finish();
  for (const { recorder } of sides) {
    // The end comes by itself, but where the protocol keeps the write side open.
    await recorder.until(() => recorder.has("eof") || recorder.has("lost"));
  }
  for (const { recorder } of sides) recorder.transport.close();
  for (const { recorder } of sides) await recorder.ended();
  return sides;
}

const ORDER = /^made( data| pause| resume)*( eof( pause| resume)*)? lost$/;

function check(side: Side, peer: Side): void {
  const { recorder, failure } = side;
  assertEquals(recorder.violations, []);
  assert(ORDER.test(recorder.events.join(" ")), recorder.events.join(" "));
  assertEquals([recorder.transport.isClosing(), recorder.transport.getWriteBufferSize()], [true, 0]);
  const sent = concat(peer.sent);
  const received = recorder.bytes;
  assertEquals(received, sent.slice(0, received.length), "the bytes received begin those sent");
  if (recorder.has("eof") && !peer.aborted && !peer.failure && peer.recorder.error === null) {
    assertEquals(received.length, sent.length, "all came before the end");
  }
  if (recorder.error && recorder.error !== failure) {
    assert(peer.aborted || peer.failure || peer.closed || peer.recorder.has("eof"), `lost with ${recorder.error}`);
  }
  const inOrder = [side, peer].every(({ aborted, closed, failure }) => !aborted && !closed && !failure);
  if (inOrder) assertEquals([recorder.error, recorder.has("eof"), received.length], [null, true, sent.length]);
}

Deno.test("random scripts of both sides: the callbacks come as drawn, the bytes as sent", async () => {
  const property = fc.asyncProperty(script, async (script) => {
    const [near, far] = await play(script);
    check(near, far);
    check(far, near);
  });
  // A script that never ends is shown, too, in place of a test that hangs.
  await fc.assert(property, { numRuns: 500, timeout: 10_000 });
});
