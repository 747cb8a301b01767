import { assertEquals, assertRejects } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { Random } from "../../lib/core/random.ts";
import type { Fault } from "../../lib/echo/fault.ts";
import { type FaultContext, faultPipeline } from "../../lib/echo/fault_pipeline.ts";
import { corrupt, earlyFin, limit, reset, slice, stall, truncate } from "../../lib/echo/faults.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { randomBytes, seededRandom } from "../support/bytes.ts";
import { assertSameBytes, cut } from "../support/echo_bytes.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { advanceUntil, RecordingOutlet, turn } from "../support/fault_recorder.ts";

/** Faults in front of a recording outlet, which notes what a connection would be made to send. */
function pipeline(...faults: Fault[]) {
  const [connection] = connectionPair();
  const wire = new RecordingOutlet();
  const closed = new AbortController();
  const peer = { ended: false };
  const context: FaultContext = {
    connection,
    closed: closed.signal,
    peerEnded: () => peer.ended,
    async end(fault, next) {
      await next.end(fault.kind === "limit" ? "fin" : "reset");
      throw new Error(`struck: ${fault.kind}`);
    },
  };
  const first = faultPipeline(wire, faults.map((fault, i) => ({ fault, random: new Random(i) })), context);
  return { first, wire, closed, peer, ends: () => wire.ends.map(({ how }) => how) };
}

Deno.test("early-fin: one FIN at its byte, none later; a RST still goes out", async () => {
  const { first, wire, ends } = pipeline(earlyFin({ afterBytes: 3 }));
  await first.write(new Uint8Array(2));
  assertEquals(ends(), []);
  await first.write(new Uint8Array(1));
  assertEquals([wire.lengths, ends()], [[2, 1], ["fin"]]);
  await first.write(new Uint8Array(10));
  await first.end("fin");
  assertEquals([wire.lengths, ends()], [[2, 1], ["fin"]]);
  await first.end("reset");
  assertEquals(ends(), ["fin", "reset"]);
});

Deno.test("truncate: nothing beyond its byte, and FIN and RST as they come", async () => {
  const { first, wire, ends } = pipeline(truncate({ afterBytes: 3 }));
  await first.write(new Uint8Array(5));
  await first.write(new Uint8Array(5));
  assertEquals([wire.lengths, ends()], [[3], []]);
  await first.end("fin");
  await first.end("reset");
  assertEquals(ends(), ["fin", "reset"]);
});

Deno.test("truncate and early-fin: what is dropped takes a turn of the timers, and fails once nobody is there", async () => {
  for (const fault of [truncate({ afterBytes: 3 }), earlyFin({ afterBytes: 3 })]) {
    using clock = fakeClock();
    const { first, wire, peer, closed } = pipeline(fault);
    await first.write(new Uint8Array(3));
    assertEquals(clock.timersSet, 0, "what goes out waits for no timer");
    for (let writes = 1; writes <= 10; writes++) {
      await advanceUntil(clock, first.write(new Uint8Array(1)));
      assertEquals(clock.timersSet, writes);
    }
    const dropping = assertRejects(() => first.write(new Uint8Array(1)), Deno.errors.BrokenPipe);
    peer.ended = true;
    await advanceUntil(clock, dropping);
    const closing = assertRejects(() => first.write(new Uint8Array(1)), Deno.errors.Interrupted);
    closed.abort();
    await closing;
    await assertRejects(() => first.write(new Uint8Array(1)), Deno.errors.Interrupted);
    assertEquals([wire.lengths, clock.timers], [[3], 0]);
  }
});

Deno.test("limit and reset: strike as soon as so many bytes were sent, also where no more come", async () => {
  for (const [fault, end] of [[limit({ afterBytes: 3 }), "fin"], [reset({ afterBytes: 3 }), "reset"]] as const) {
    for (const size of [3, 4]) {
      const { first, wire, ends } = pipeline(fault);
      await assertRejects(() => first.write(new Uint8Array(size)), Error, `struck: ${fault.kind}`);
      assertEquals([wire.lengths, ends()], [[3], [end]]);
    }
    const { first, ends } = pipeline(fault);
    await first.write(new Uint8Array(2));
    await first.end("fin");
    assertEquals(ends(), ["fin"], "never reached");
  }
});

Deno.test("at 0 a fault strikes in place of the first byte, or of the FIN where none comes", async () => {
  for (const first of ["write", "end"] as const) {
    const act = (of: ReturnType<typeof pipeline>) =>
      first === "write" ? of.first.write(new Uint8Array(9)) : of.first.end("fin");
    const [cut, closed, early] = [pipeline(reset()), pipeline(limit()), pipeline(earlyFin())];
    await assertRejects(() => act(cut), Error, "struck: reset");
    await assertRejects(() => act(closed), Error, "struck: limit");
    await act(early);
    assertEquals([cut.ends(), closed.ends(), early.ends()], [["reset"], ["fin"], ["fin"]]);
    assertEquals([cut, closed, early].flatMap(({ wire }) => wire.lengths), []);
  }
});

Deno.test("stall: at 0 holds up the FIN as well, for its time", async () => {
  using clock = fakeClock();
  const { first, wire } = pipeline(stall({ ms: 3000 }));
  const since = clock.now;
  await advanceUntil(clock, first.end("fin"));
  assertEquals(wire.ends, [{ at: since + 3000, how: "fin" }]);
});

Deno.test("stall: strikes once", async () => {
  using clock = fakeClock();
  const { first, wire } = pipeline(stall({ ms: 10, afterBytes: 3 }));
  const since = clock.now;
  await advanceUntil(clock, first.write(new Uint8Array(5)));
  await advanceUntil(clock, first.write(new Uint8Array(5)));
  assertEquals(wire.chunks.map(({ at, bytes }) => [at - since, bytes.length]), [[0, 3], [10, 2], [10, 5]]);
});

Deno.test("stall: without an end, asks the kernel for the peer once a second", async () => {
  using clock = fakeClock();
  const { first, closed } = pipeline(stall());
  const writing = first.write(new Uint8Array(1));
  const failed = assertRejects(() => writing, Deno.errors.Interrupted);
  for (let second = 0; second < 100; second++) {
    await turn();
    clock.advance(1000);
  }
  await turn();
  assertEquals(clock.timersSet, 101);
  closed.abort();
  await failed;
  assertEquals(clock.timers, 0);
});

Deno.test("faults together: the same bytes go out whatever the chunks", async () => {
  const property = fc.asyncProperty(fc.nat(), fc.nat(4000), fc.nat(4000), async (seed, corruptFrom, truncateAt) => {
    const bytes = randomBytes(3000, seed);
    const faults = [
      corrupt({ rate: 0.01, afterBytes: corruptFrom }),
      truncate({ afterBytes: truncateAt }),
      slice({ bytes: 7 }),
    ];
    using clock = fakeClock();
    const [whole, pieces] = [pipeline(...faults), pipeline(...faults)];
    await advanceUntil(clock, whole.first.write(bytes));
    const writing = (async () => {
      for (const piece of cut(bytes, seededRandom(seed), 1 + seed % 500)) await pieces.first.write(piece);
    })();
    await advanceUntil(clock, writing);
    assertSameBytes(pieces.wire.bytes, whole.wire.bytes);
    assertEquals(whole.wire.bytes.length, Math.min(3000, truncateAt));
  });
  await fc.assert(property, { numRuns: 200 });
});
