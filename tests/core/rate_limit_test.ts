import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { RateLimit } from "../../lib/core/rate_limit.ts";
import { askWorkers } from "../support/ask_workers.ts";
import { assertClose } from "../support/assert_close.ts";
import type { RateLimitAnswer, RateLimitOrder } from "../support/rate_limit_worker.ts";

/** Calls in a row: what is taken when, and what is to be waited, all times in milliseconds. */
const TAKES: [name: string, perSecond: number, burst: number, takes: [cost: number, now: number, wait: number][]][] = [
  ["full at first, whenever that is", 10, 5, [[5, 1e9, 0], [1, 1e9, 100]]],
  ["each after the burst waits for those before it", 10, 2, [[1, 0, 0], [1, 0, 0], [1, 0, 100], [1, 0, 200], [
    2,
    0,
    400,
  ]]],
  ["what has come in is there", 10, 1, [[1, 0, 0], [1, 100, 0], [1, 199, 1], [1, 300, 0]]],
  ["no more than the burst is saved up", 10, 3, [[3, 0, 0], [3, 1e7, 0], [1, 1e7, 100]]],
  ["part of the burst", 10, 3, [[3, 0, 0], [2, 200, 0], [1, 200, 100]]],
  ["more than the burst goes into debt", 10, 3, [[10, 0, 700], [1, 100, 700], [1, 1000, 0]]],
  ["nothing costs nothing, and waits for the debt", 10, 1, [[0, 0, 0], [3, 0, 200], [0, 0, 200], [0, 200, 0]]],
  ["a clock that is behind waits longer", 10, 1, [[1, 1000, 0], [1, 900, 200], [1, 1000, 200]]],
  ["times that a double rounds down", 103, 1, [[1, 0, 0], [1, 1000 / 103, 0], [1, 2000 / 103, 0], [1, 4000 / 103, 0]]],
  ["fractions", 0.5, 0.25, [[0.25, 0, 0], [0.25, 0, 500], [0.5, 1500, 500]]],
  ["once a day", 1 / 86400, 1, [[1, 0, 0], [1, 0, 86_400_000], [1, 172_800_000, 0]]],
  ["before the origin", 10, 1, [[1, -1000, 0], [1, -950, 50]]],
];

/** How far a time may be off: a tick of half a nanosecond, and what a double leaves of a time so far from the origin. */
function tolerance(...times: number[]): number {
  return 1e-6 + Math.max(...times.map(Math.abs)) * 2 ** -51;
}

for (const [name, perSecond, burst, takes] of TAKES) {
  Deno.test(`RateLimit: ${name}`, () => {
    const limit = new RateLimit({ perSecond, burst });
    for (const [cost, now, wait] of takes) {
      const actual = limit.take(cost, now);
      assertClose(actual, wait, tolerance(now, wait));
      if (wait === 0) assertEquals(actual, 0);
    }
  });
}

Deno.test("RateLimit: tryTake() takes what is there, and nothing when it is not", () => {
  const cell = new BigInt64Array(1);
  const limit = new RateLimit({ perSecond: 1000, burst: 3, cell });
  assertEquals([2, 1, 0].map((cost) => limit.tryTake(cost, 5)), [true, true, true]);
  const [mark] = cell;
  assertEquals([1, 0.001, 3].map((cost) => limit.tryTake(cost, 5)), [false, false, false]);
  assertEquals(cell[0], mark);
  assertEquals([1, 1].map((cost) => limit.tryTake(cost, 6)), [true, false]);
  limit.take(2, 6);
  // In debt, even nothing has to be waited for.
  assertEquals([limit.tryTake(0, 7), limit.tryTake(0, 8), limit.tryTake(1, 8), limit.tryTake(1, 9)], [
    false,
    true,
    false,
    true,
  ]);
});

Deno.test("RateLimit: two with one cell share the limit", () => {
  const cell = new BigInt64Array(1);
  const [one, other] = [0, 1].map(() => new RateLimit({ perSecond: 10, burst: 2, cell }));
  assertEquals([one.tryTake(1, 0), other.tryTake(1, 0), one.tryTake(1, 0), other.tryTake(1, 0)], [
    true,
    true,
    false,
    false,
  ]);
  const apart = new RateLimit({ perSecond: 10, burst: 2 });
  assertEquals(apart.tryTake(2, 0), true);
});

Deno.test("RateLimit: a mark at 0 is a mark, and not a bucket that was never used", () => {
  // 2^32 per second: a tick is a token. The mark comes to 0 on its way round the 64 bits; in one of these places it must.
  for (const exponent of [60, 61, 62, 63, 64]) {
    for (const sign of [-1, 1]) {
      const limit = new RateLimit({ perSecond: 2 ** 32, burst: 1 });
      const now = sign * 2 ** (exponent - 32) * 1000;
      assertEquals([limit.tryTake(1, now), limit.tryTake(1, now), limit.tryTake(1, now)], [true, false, false]);
    }
  }
});

Deno.test("RateLimit: debt ends somewhere, and does not turn into credit", () => {
  for (const perSecond of [1e-9, 1, 1000, 2 ** 31, 2 ** 32, 1e11, 1e12]) {
    const limit = new RateLimit({ perSecond, burst: perSecond });
    limit.take(Number.MAX_VALUE, 0);
    const longest = limit.take(Number.MAX_VALUE, 0);
    assert(longest >= 26 * 86_400_000, `${longest}`);
    for (let i = 0; i < 5; i++) assertEquals(limit.take(Number.MAX_VALUE, 0), longest);
    assertEquals(limit.take(Infinity, 0), longest);
    assertEquals(limit.tryTake(0, 0), false);
    // One whose clock is behind is not forgiven it either.
    assert(limit.take(0, -1e6) > longest);
    assertClose(limit.take(0, longest), 0, tolerance(longest));
  }
});

Deno.test("RateLimit: after a long rest the bucket is full, not fuller, and not in debt", () => {
  // 2^64 ticks at 10^12 per second are 213 days: the mark has gone half round, and more.
  for (const days of [1, 30, 100, 106, 107, 110, 150, 159]) {
    const limit = new RateLimit({ perSecond: 1e12, burst: 1e9 });
    limit.take(1e9, 0);
    const now = days * 86_400_000;
    assertEquals([limit.tryTake(1e9, now), limit.tryTake(1e9, now)], [true, false], `${days} days`);
  }
});

Deno.test("RateLimit: numbers out of range are refused", () => {
  const rate = (perSecond: number, burst: number) => () => new RateLimit({ perSecond, burst });
  for (const perSecond of [0, -1, NaN, Infinity, 1e-10, 1e13]) {
    assertThrows(rate(perSecond, 1), RangeError, `cannot limit to ${perSecond} per second: use 1e-9 to 1000000000000`);
  }
  for (const burst of [0, -1, NaN, Infinity, 1_728_000.1]) {
    assertThrows(
      rate(1, burst),
      RangeError,
      `cannot allow a burst of ${burst}: use more than 0, at most what comes in 20 days (1728000)`,
    );
  }
  for (const perSecond of [1e-9, 1e12]) rate(perSecond, perSecond * 1_728_000)();
  const limit = rate(1, 2)();
  for (const cost of [-1, NaN]) {
    for (const method of ["take", "tryTake"] as const) {
      assertThrows(() => limit[method](cost, 0), RangeError, `cannot take ${cost}: use a number from 0`);
    }
  }
  for (const now of [NaN, Infinity]) assertThrows(() => limit.take(1, now), RangeError, `at ${now}`);
  assertThrows(() => limit.tryTake(2.1, 0), RangeError, "cannot take 2.1 at once: the burst is 2");
  assertEquals(limit.tryTake(2, 0), true);
});

/** The same bucket in whole thousandths of a token, which are exact: one comes each millisecond for each token a second. */
class Model {
  #mark = -Infinity;

  constructor(readonly perSecond: number, readonly burst: number) {}

  /** Milliseconds to wait. */
  take(cost: number, now: number): number {
    this.#mark = Math.max(this.#mark, now * this.perSecond - 1000 * this.burst) + 1000 * cost;
    return Math.max(0, this.#mark - now * this.perSecond) / this.perSecond;
  }
}

const perSecond = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 1e9 }),
  fc.constantFrom(1, 1000, 2 ** 30, 2 ** 31, 2 ** 32, 1e9 + 7, 4e9, 1e10, 1e11),
);
const setup = perSecond.chain((perSecond) =>
  fc.record({
    perSecond: fc.constant(perSecond),
    burst: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2 * perSecond })),
    // Costs of the order of what comes in between, so that the bucket is now empty and now full.
    steps: fc.array(fc.tuple(fc.integer({ min: 0, max: perSecond }), fc.integer({ min: 0, max: 2000 })), {
      minLength: 1,
      maxLength: 30,
    }),
  })
);

Deno.test("RateLimit waits as long as the exact bucket, from any origin", () => {
  // The second: milliseconds since 1970, which at 10^11 per second go round the 64 bits; the last: 1 s before they do at 10^9.
  const origins = [0, 1.8e12, -1e9, 2 ** 63 / (1e9 * 4) * 1000 - 1000];
  fc.assert(
    fc.property(setup, fc.constantFrom(...origins), ({ perSecond, burst, steps }, origin) => {
      const limit = new RateLimit({ perSecond, burst });
      const model = new Model(perSecond, burst);
      let now = 0;
      for (const [cost, pause] of steps) {
        now += pause;
        const expected = model.take(cost, now);
        const actual = limit.take(cost, origin + now);
        assertClose(actual, expected, tolerance(origin + now, expected) + 2000 / perSecond * 2 ** -31);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("RateLimit: in no span of time is more spent than the burst and what comes in", () => {
  fc.assert(
    fc.property(setup, fc.array(fc.boolean()), ({ perSecond, burst, steps }, tries) => {
      const limit = new RateLimit({ perSecond, burst });
      const spent: { at: number; cost: number }[] = [];
      let now = 0;
      for (const [index, [cost, pause]] of steps.entries()) {
        now += pause;
        if (!tries[index]) spent.push({ at: now + limit.take(cost, now), cost });
        else if (cost <= burst && limit.tryTake(cost, now)) spent.push({ at: now, cost });
      }
      for (let first = 0; first < spent.length; first++) {
        // Who takes more than the burst has waited for the rest of it before.
        let sum = 0;
        for (const { at, cost } of spent.slice(first)) {
          sum += cost;
          const most = Math.max(burst, spent[first].cost) + perSecond * (at - spent[first].at) / 1000;
          assert(sum <= most + perSecond / 1000 * tolerance(at) * 2 + 1e-9, `${sum} of ${most}`);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("RateLimit: the rate does not drift, at any rate and cost", () => {
  const cases: [perSecond: number, cost: number][] = [
    [1, 1],
    [3, 1],
    [7, 3],
    [1e6, 1],
    [999_999_937, 1],
    [3e9, 1],
    [7e10, 1],
    [1e11, 1],
    [1e11, 65_536],
    [1e12, 1],
    [1 / 60, 1],
  ];
  const count = 100_000;
  for (const [perSecond, cost] of cases) {
    const limit = new RateLimit({ perSecond, burst: cost });
    let wait = 0;
    for (let i = 0; i <= count; i++) wait = limit.take(cost, 1);
    const exact = count * cost / perSecond * 1000;
    assertClose(wait, exact, exact * 2 ** -50 + 1000 * 2 ** -31);
  }
});

Deno.test("RateLimit: who waits as told goes at the rate, to the last of many", () => {
  for (const [perSecond, cost] of [[3, 1], [44_100, 7], [1e9 / 8, 1448], [1e11, 65_536]]) {
    const limit = new RateLimit({ perSecond, burst: cost });
    const count = 100_000;
    let now = 0;
    for (let i = 0; i <= count; i++) {
      now += limit.take(cost, now);
      assertEquals(limit.take(0, now + 1e-6), 0);
    }
    const exact = count * cost / perSecond * 1000;
    assertClose(now, exact, exact * 1e-12 + 1000 * 2 ** -31);
  }
});

Deno.test("RateLimit: threads at once are given the burst, and then each another wait", async () => {
  const cell = new BigInt64Array(new SharedArrayBuffer(8));
  const order: RateLimitOrder = {
    arrived: new Int32Array(new SharedArrayBuffer(4)),
    threads: 4,
    perSecond: 1000,
    burst: 100_000,
    cell,
    now: 12_345.5,
    takes: 20_000,
  };
  const answers = await askWorkers<RateLimitOrder, RateLimitAnswer>("rate_limit_worker.ts", Array(4).fill(order));
  assertEquals(answers.reduce((sum, { taken }) => sum + taken, 0), order.burst);
  // One token each millisecond: 1, 2, 3 …, none twice and none left out, and for each thread in ascending order.
  const whole = answers.map(({ waits }) => waits.map((wait) => Math.round(wait)));
  for (const [thread, waits] of whole.entries()) {
    assertEquals(waits.toSorted((a, b) => a - b), waits, `thread ${thread}`);
    waits.forEach((wait, i) => assertClose(answers[thread].waits[i], wait, tolerance(order.now, wait)));
  }
  assertEquals(whole.flat().toSorted((a, b) => a - b), Array.from({ length: 80_000 }, (_, i) => i + 1));
});
