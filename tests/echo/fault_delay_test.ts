import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { Random } from "../../lib/core/random.ts";
import { DELAY_DISTRIBUTIONS, type DelayFault } from "../../lib/echo/fault.ts";
import { DELAY_LINE, DelayLine, drawDelay, longestDelay } from "../../lib/echo/fault_delay.ts";
import { delay, slice, truncate } from "../../lib/echo/faults.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { advanceBy, advanceUntil, RecordingOutlet, turn } from "../support/fault_recorder.ts";

function line(fault: DelayFault, seed = 1) {
  const wire = new RecordingOutlet();
  const closed = new AbortController();
  return { wire, closed, stage: new DelayLine(wire, fault, new Random(seed), closed.signal) };
}

function draws(fault: DelayFault, count = 200_000): { mean: number; deviation: number; least: number; most: number } {
  const random = new Random(9);
  const values = Float64Array.from({ length: count }, () => drawDelay(fault, random)).sort();
  const mean = values.reduce((sum, value) => sum + value) / count;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  return { mean, deviation, least: values[0], most: values[count - 1] };
}

function assertNear(actual: number, expected: number, slack: number, what: string): void {
  assert(Math.abs(actual - expected) <= slack, `${what} is ${actual}, not ${expected}`);
}

Deno.test("drawDelay(): uniform is even between its borders", () => {
  const { mean, deviation, least, most } = draws(delay({ ms: 100, jitterMs: 30 }));
  assertNear(mean, 100, 0.3, "mean");
  assertNear(deviation, 30 / Math.sqrt(3), 0.3, "deviation");
  assert(least >= 70 && least < 70.1, `${least}`);
  assert(most <= 130 && most > 129.9, `${most}`);
});

Deno.test("drawDelay(): normal has the jitter as its standard deviation", () => {
  const { mean, deviation, least, most } = draws(delay({ ms: 1000, jitterMs: 30, distribution: "normal" }));
  assertNear(mean, 1000, 0.5, "mean");
  assertNear(deviation, 30, 0.5, "deviation");
  assert(least < 1000 - 4 * 30 && most > 1000 + 4 * 30, "has both tails");
});

Deno.test("drawDelay(): pareto has a border below and a long tail above", () => {
  const { mean, deviation, least, most } = draws(delay({ ms: 100, jitterMs: 30, distribution: "pareto" }));
  assertNear(mean, 100, 0.5, "mean");
  // Of shape 3 the fourth moment is infinite: the deviation comes near but slowly.
  assertNear(deviation, 30, 5, "deviation");
  assertNear(least, 100 - 30 / Math.sqrt(3), 0.1, "least");
  assert(most > 100 + 20 * 30, `${most}`);
});

Deno.test("longestDelay(): of a hundred chunks at most two are held back for longer, and several delays add up", () => {
  for (const distribution of DELAY_DISTRIBUTIONS) {
    const fault = delay({ ms: 100, jitterMs: 20, distribution });
    const [random, longest] = [new Random(9), longestDelay([fault])];
    const longer = Array.from({ length: 100_000 }, () => drawDelay(fault, random)).filter((ms) => ms > longest).length;
    assert(longer <= 2000, `${distribution}: ${longer} of 100000`);
  }
  assertEquals(longestDelay([slice({ bytes: 1, gapMs: 500 }), truncate()]), 0);
  assertEquals(longestDelay([delay({ ms: 100 }), truncate(), delay({ ms: 50 })]), 150);
});

Deno.test("drawDelay(): never less than no delay, and without jitter always the same", () => {
  for (const distribution of DELAY_DISTRIBUTIONS) {
    assertEquals(draws(delay({ ms: 1, jitterMs: 100, distribution }), 1000).least, 0);
    assertEquals(draws(delay({ ms: 7, distribution }), 10), { mean: 7, deviation: 0, least: 7, most: 7 });
  }
});

Deno.test("DelayLine: latency, not bandwidth: what was written together comes together", async () => {
  using clock = fakeClock();
  const { stage, wire } = line(delay({ ms: 50 }));
  for (let i = 0; i < 100; i++) await stage.write(new Uint8Array([i]));
  assertEquals(wire.chunks, []);
  const since = clock.now;
  await advanceUntil(clock, stage.end("fin"));
  assertEquals(
    wire.chunks.map(({ at, bytes }) => [at - since, bytes[0]]),
    Array.from({ length: 100 }, (_, i) => [50, i]),
  );
  assertEquals(wire.ends, [{ at: since + 50, how: "fin" }]);
});

Deno.test("DelayLine: keeps the order and loses nothing, and holds nothing longer than it must", async () => {
  const writes = fc.array(fc.record({ pause: fc.nat(40), length: fc.integer({ min: 1, max: 3000 }) }), {
    minLength: 1,
    maxLength: 30,
  });
  const property = fc.asyncProperty(writes, fc.nat(100), fc.nat(100), fc.nat(), async (writes, ms, jitterMs, seed) => {
    using clock = fakeClock();
    const { stage, wire } = line(delay({ ms, jitterMs }), seed);
    const bytes = randomBytes(writes.reduce((sum, { length }) => sum + length, 0), seed);
    const written: number[] = [];
    let at = 0;
    for (const { pause, length } of writes) {
      await advanceBy(clock, pause);
      const chunk = bytes.slice(at, at += length);
      written.push(clock.now);
      await stage.write(chunk);
      chunk.fill(0); // it is the caller's again
    }
    await advanceUntil(clock, stage.end("fin"));
    assertSameBytes(wire.bytes, bytes);
    assertEquals(wire.lengths, writes.map(({ length }) => length));
    let before = 0;
    for (const [i, { at }] of wire.chunks.entries()) {
      assert(at >= before && at >= written[i] + Math.max(0, ms - jitterMs), "too soon");
      // Its own time at the most, or that of one before it; the clock steps by a millisecond.
      assert(at <= Math.max(...written.slice(0, i + 1)) + ms + jitterMs + 1, "too late");
      before = at;
    }
    assertEquals(clock.timers, 0);
  });
  await fc.assert(property, { numRuns: 60 });
});

Deno.test("DelayLine: holds 4 MiB at most; then a write waits for room", async () => {
  using clock = fakeClock();
  const { stage, wire } = line(delay({ ms: 50 }));
  const chunk = new Uint8Array(65536);
  let written = 0;
  const writing = (async () => {
    for (; written < 100; written++) await stage.write(chunk);
  })();
  await turn();
  assertEquals(written, Math.floor(DELAY_LINE / (65536 + 512)));
  await advanceUntil(clock, writing);
  await advanceUntil(clock, stage.end("fin"));
  assertEquals(wire.bytes.length, 100 * 65536);
});

Deno.test("DelayLine: a chunk larger than the line goes alone", async () => {
  using clock = fakeClock();
  const { stage, wire } = line(delay({ ms: 50 }));
  await stage.write(new Uint8Array(1));
  const writing = stage.write(new Uint8Array(DELAY_LINE + 1));
  await advanceUntil(clock, writing);
  await advanceUntil(clock, stage.end("fin"));
  assertEquals(wire.lengths, [1, DELAY_LINE + 1]);
});

Deno.test("DelayLine: RST comes after what was sent before it, and as late", async () => {
  using clock = fakeClock();
  const { stage, wire } = line(delay({ ms: 50 }));
  const since = clock.now;
  await stage.write(new Uint8Array(3));
  clock.advance(10);
  await advanceUntil(clock, stage.end("reset"));
  assertEquals(wire.chunks.map(({ at }) => at - since), [50]);
  assertEquals(wire.ends, [{ at: since + 60, how: "reset" }]);
});

/** A line in which a chunk has failed on its way. */
async function failedLine(clock: FakeClock) {
  const made = line(delay({ ms: 50 }));
  const failure = new Deno.errors.ConnectionReset("on purpose");
  made.wire.failure = failure;
  await made.stage.write(new Uint8Array(1));
  clock.advance(50);
  await turn();
  return { ...made, failure };
}

Deno.test("DelayLine: what fails on its way is told to the next write, once", async () => {
  using clock = fakeClock();
  const { stage, wire, failure } = await failedLine(clock);
  assertStrictEquals(await stage.write(new Uint8Array(1)).catch((error) => error), failure);
  await assertRejects(() => stage.write(new Uint8Array(1)), Deno.errors.BrokenPipe, "could not go out");
  await stage.end("fin");
  assertEquals(wire.ends.length, 1, "as a socket after a RST lets its write side be closed");
  assertEquals(clock.timers, 0);
});

Deno.test("DelayLine: what fails on its way is told to the end, if no write comes", async () => {
  using clock = fakeClock();
  const { stage, wire, failure } = await failedLine(clock);
  assertStrictEquals(await stage.end("fin").catch((error) => error), failure);
  await stage.end("fin");
  assertEquals(wire.ends.length, 1);
});

Deno.test("DelayLine: a write that waits for room is told of a failure, or of the end of the connection", async () => {
  using clock = fakeClock();
  for (const how of ["failure", "close"]) {
    const { stage, wire, closed } = line(delay({ ms: 50 }));
    await stage.write(new Uint8Array(DELAY_LINE));
    const writing = stage.write(new Uint8Array(1)).catch((error) => error.name);
    await turn();
    wire.failure = new Deno.errors.ConnectionReset("on purpose");
    if (how === "close") closed.abort();
    assertEquals(await advanceUntil(clock, writing), how === "close" ? "Interrupted" : "ConnectionReset");
    assertEquals(wire.chunks, []);
    assertEquals(clock.timers, 0);
  }
});

Deno.test("DelayLine: what is held back when the connection is closed never goes out", async () => {
  using clock = fakeClock();
  const { stage, wire, closed } = line(delay({ ms: 50 }));
  for (let i = 0; i < 10; i++) await stage.write(new Uint8Array(1));
  const ending = stage.end("fin").catch((error) => error.name);
  await turn();
  closed.abort();
  assertEquals(await ending, "Interrupted");
  clock.advance(1000);
  await turn();
  assertEquals([wire.chunks, wire.ends, clock.timers], [[], [], 0]);
});
