import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { Random } from "../../lib/core/random.ts";
import { Bandwidth, BytePace, Corrupter, Slicer } from "../../lib/echo/fault_stages.ts";
import { bandwidth, corrupt, slice } from "../../lib/echo/faults.ts";
import { randomBytes, seededRandom } from "../support/bytes.ts";
import { assertSameBytes, cut } from "../support/echo_bytes.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { advanceUntil, RecordingOutlet } from "../support/fault_recorder.ts";

const open = () => new AbortController().signal;

async function writeAll(outlet: { write(bytes: Uint8Array): Promise<void> }, pieces: Uint8Array[]): Promise<void> {
  for (const piece of pieces) await outlet.write(piece);
}

Deno.test("Bandwidth: in no span of time goes out more than the burst and what the rate gives, and no less in the end", async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 5_000_000 }),
    fc.integer({ min: 1, max: 2000 }),
    fc.nat(),
    async (bytesPerSecond, ms, seed) => {
      using clock = fakeClock();
      const wire = new RecordingOutlet();
      const stage = new Bandwidth(wire, bandwidth({ bytesPerSecond }), open());
      const bytes = randomBytes(1 + Math.floor(bytesPerSecond * ms / 1000), seed);
      const since = clock.now;
      await advanceUntil(clock, writeAll(stage, cut(bytes, seededRandom(seed), 1 + bytes.length / 4)));
      assertSameBytes(wire.bytes, bytes);
      const burst = Math.max(1, Math.floor(bytesPerSecond * 0.05));
      for (let first = 0; first < wire.chunks.length; first++) {
        let sum = 0;
        for (const { at, bytes } of wire.chunks.slice(first)) {
          sum += bytes.length;
          const most = burst + bytesPerSecond * (at - wire.chunks[first].at) / 1000;
          // A piece goes out when all of it has come in: the first may have been waited for before the span began.
          assert(sum <= most + wire.chunks[first].bytes.length, `${sum} bytes, not ${most}`);
        }
      }
      const [last] = wire.chunks.slice(-1);
      const fair = (bytes.length - burst) / bytesPerSecond * 1000;
      // The clock steps by a millisecond.
      assert(last.at - since <= Math.max(0, fair) + 2, `${last.at - since} ms, not ${fair}`);
      assert(last.at - since >= fair - 1, `${last.at - since} ms, not ${fair}`);
    },
  );
  await fc.assert(property, { numRuns: 25 });
});

Deno.test("Bandwidth: what was not used for long does not come all at once", async () => {
  using clock = fakeClock();
  const wire = new RecordingOutlet();
  const stage = new Bandwidth(wire, bandwidth({ bytesPerSecond: 1000 }), open());
  clock.advance(60_000);
  const before = clock.now;
  await advanceUntil(clock, stage.write(new Uint8Array(1050)));
  assertEquals(Math.round(wire.chunks.at(-1)!.at - before), 1000);
});

Deno.test("BytePace: pieces of a hundredth of a second, from 1 byte to 64 KiB", () => {
  const piece = (bytesPerSecond: number) => new BytePace(bandwidth({ bytesPerSecond })).piece;
  assertEquals([1, 199, 200, 1e6, 6_553_599, 6_553_600, 1e12].map(piece), [1, 1, 2, 10_000, 65_535, 65_536, 65_536]);
});

Deno.test("Bandwidth: a wait ends with the connection, without a timer left", async () => {
  using clock = fakeClock();
  const closed = new AbortController();
  const stage = new Bandwidth(new RecordingOutlet(), bandwidth({ bytesPerSecond: 1 }), closed.signal);
  const writing = stage.write(new Uint8Array(10));
  const failed = assertRejects(() => writing, Deno.errors.Interrupted, "while an injected fault held it up");
  await advanceUntil(clock, Promise.resolve());
  assertEquals(clock.timers, 1);
  closed.abort();
  await failed;
  assertEquals(clock.timers, 0);
});

Deno.test("Slicer: slices of the size at most, the gap between any two, none before the first", async () => {
  using clock = fakeClock();
  const wire = new RecordingOutlet();
  const stage = new Slicer(wire, slice({ bytes: 3, gapMs: 5 }), open());
  const bytes = randomBytes(15);
  const since = clock.now;
  await advanceUntil(clock, writeAll(stage, [bytes.subarray(0, 7), bytes.subarray(7, 8), bytes.subarray(8)]));
  assertEquals(wire.lengths, [3, 3, 1, 1, 3, 3, 1]);
  assertEquals(wire.chunks.map(({ at }) => at - since), [0, 5, 10, 15, 20, 25, 30]);
  assertSameBytes(wire.bytes, bytes);
});

Deno.test("Slicer: without a gap nothing waits", async () => {
  using clock = fakeClock();
  const wire = new RecordingOutlet();
  await new Slicer(wire, slice({ bytes: 1 }), open()).write(randomBytes(1000));
  assertEquals(wire.lengths, new Array(1000).fill(1));
  assertEquals(clock.timersSet, 0);
});

/** What comes out of a corrupter for bytes in these pieces. */
async function corrupted(fault: ReturnType<typeof corrupt>, seed: number, pieces: Uint8Array[]) {
  const wire = new RecordingOutlet();
  await writeAll(new Corrupter(wire, fault, new Random(seed)), pieces);
  return wire.bytes;
}

/** Where two byte arrays differ. */
function differences(a: Uint8Array, b: Uint8Array): number[] {
  return [...a.keys()].filter((i) => a[i] !== b[i]);
}

Deno.test("Corrupter: the same seed changes the same bytes in the same way, whatever the chunks", async () => {
  const rate = fc.option(fc.double({ min: 1e-4, max: 1, noNaN: true }), { nil: undefined });
  const property = fc.asyncProperty(
    rate,
    fc.nat(6000),
    fc.nat(),
    fc.nat(),
    async (rate, afterBytes, seed, chunking) => {
      const bytes = randomBytes(5000, seed);
      const fault = corrupt({ rate, afterBytes });
      const whole = await corrupted(fault, seed, [bytes]);
      assertSameBytes(await corrupted(fault, seed, cut(bytes, seededRandom(chunking), 1 + chunking % 700)), whole);
      const changed = differences(bytes, whole);
      assert(changed.every((at) => at >= afterBytes));
      if (rate === undefined) assertEquals(changed, afterBytes < 5000 ? [afterBytes] : []);
      if (rate === 1) assertEquals(changed.length, Math.max(0, 5000 - afterBytes));
    },
  );
  await fc.assert(property, { numRuns: 200 });
});

Deno.test("Corrupter: leaves the bytes that it was given as they are", async () => {
  const bytes = randomBytes(100);
  const copy = bytes.slice();
  assertEquals(differences(await corrupted(corrupt({ rate: 1 }), 1, [bytes]), bytes).length, 100);
  assertEquals(bytes, copy);
});

Deno.test("Corrupter: as many as the rate says, evenly over the stream, every bit among them", async () => {
  const [length, rate] = [1_000_000, 0.01];
  const changed = await corrupted(corrupt({ rate }), 5, [new Uint8Array(length)]);
  const tenths = new Array(10).fill(0);
  const values = new Set<number>();
  for (const at of differences(changed, new Uint8Array(length))) {
    tenths[Math.floor(at / length * 10)]++;
    values.add(changed[at]);
  }
  // Five standard deviations of a count of a binomial distribution; the same draws at each run.
  const mean = length * rate / 10;
  for (const count of tenths) assert(Math.abs(count - mean) < 5 * Math.sqrt(mean * (1 - rate)), `${tenths}`);
  assertEquals(values.size, 255, "all values but 0");
});

Deno.test("Corrupter: a rate of one in a billion is no more than that", async () => {
  const changed = await corrupted(corrupt({ rate: 1e-9 }), 1, [new Uint8Array(1_000_000)]);
  assertEquals(differences(changed, new Uint8Array(1_000_000)), []);
});
