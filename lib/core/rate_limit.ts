/** Options for {@linkcode RateLimit}. */
export interface RateLimitOptions {
  /** Tokens that come per second: 10^-9 to 10^12. */
  perSecond: number;
  /** Tokens that can be saved up: more than 0, at most what comes in 20 days. */
  burst: number;
  /**
   * One word of memory that all who share the limit have in common, 0 at first: over a `SharedArrayBuffer` for several
   * threads. Each of them makes its own `RateLimit` with the same numbers.
   *
   * @default {new BigInt64Array(1)}
   */
  cell?: BigInt64Array;
}

/** One in 30 years, and more bytes than any interface moves. */
const PER_SECOND = { least: 1e-9, most: 1e12 };

/** 20 days: at any rate fewer ticks than {@linkcode MOST_DEBT}. */
const LONGEST_BURST = 20 * 24 * 60 * 60;

/** Ticks a second, at least half of it, where the rate itself is not higher: a tick is less than half a nanosecond. */
const TICKS_PER_SECOND = 2 ** 32;

/** Debt at most, in ticks: 17 years at {@linkcode TICKS_PER_SECOND}. */
const MOST_DEBT = 2n ** 61n;

/** Where the mark is at the time 0: far from 0, which says that nothing was ever taken. */
const ORIGIN = 2n ** 61n;

/** A mark farther ahead of now than any debt is one of long ago: it counts modulo 2^64. */
const LONG_AGO = 2n ** 62n;

/**
 * A token bucket: `perSecond` tokens come in each second, it holds `burst` of them and is full at first. Who takes more than
 * there are goes into debt and is told how long to wait; who comes next waits for that debt too. So in no span of time is
 * more spent than `burst` and what came in during it.
 *
 * It is kept as the generic cell rate algorithm does (ITU-T I.371, annex A): one number, the mark up to which the stream of
 * tokens is spent, which a single atomic operation moves on. Nothing runs when no one takes anything, and threads share it
 * without a lock. The mark counts tokens (in fractions of a power of two) and not time: costs are added exactly, and the
 * rate does not drift, be it 1 or 10^11 bytes per second.
 *
 * ```text
 *            now - burst                now
 *  stream ───────┴───────────────────────┴──────────────▶ one token each 1 / perSecond
 *            mark here:    between:      beyond:
 *            bucket full   now - mark    debt, to wait for
 *                          are left
 * ```
 *
 * `now` is in milliseconds, whole or not, from any origin, on a clock that all who share the limit have in common
 * ({@linkcode sharedClock}). Where one clock is ahead of another, what comes in during that time is spent too early, once.
 * The mark counts modulo 2^64: after a century without any use, or 160 days at 10^12 tokens per second, an idle limit may
 * be taken for one in debt.
 */
export class RateLimit {
  readonly #cell: BigInt64Array;
  readonly #burst: number;
  /** Ticks to a token: a power of two, by which to multiply is exact. */
  readonly #scale: number;
  readonly #ticksPerSecond: number;
  readonly #burstTicks: bigint;

  /**
   * Makes one that has its burst, or goes on with what the cell has.
   *
   * @throws {RangeError} if a number is out of range.
   */
  constructor({ perSecond, burst, cell = new BigInt64Array(1) }: RateLimitOptions) {
    const { least, most } = PER_SECOND;
    if (!(perSecond >= least && perSecond <= most)) {
      throw new RangeError(`cannot limit to ${perSecond} per second: use ${least} to ${most}`);
    }
    if (!(burst > 0 && burst <= perSecond * LONGEST_BURST)) {
      const remedy = `use more than 0, at most what comes in 20 days (${perSecond * LONGEST_BURST})`;
      throw new RangeError(`cannot allow a burst of ${burst}: ${remedy}`);
    }
    this.#cell = cell;
    this.#burst = burst;
    this.#scale = 2 ** Math.max(0, Math.floor(Math.log2(TICKS_PER_SECOND / perSecond)));
    this.#ticksPerSecond = perSecond * this.#scale;
    this.#burstTicks = BigInt(Math.floor(burst * this.#scale));
  }

  /**
   * Takes tokens in any case, on credit if there are not enough.
   *
   * @param cost Tokens: 0 or more, also more than `burst`. A fraction is rounded up to the next tick.
   * @param now Milliseconds.
   * @returns Milliseconds to wait until they have come in, to half a nanosecond; 0 if they were there. Debt ends at 2^61 ticks (at 10^12 per
   * second 26 days, at ordinary rates 17 years or more): beyond that nothing is added to it.
   * @throws {RangeError} if a number is none, or negative.
   */
  take(cost: number, now: number): number {
    const debt = this.#spend(cost, now, MOST_DEBT)!;
    return debt > 0n ? Number(debt) / this.#ticksPerSecond * 1000 : 0;
  }

  /**
   * Takes tokens if there are enough, else none.
   *
   * @param cost Tokens: 0 to `burst`.
   * @param now Milliseconds.
   * @returns Whether it took them.
   * @throws {RangeError} if there can never be enough, or a number is none, or negative.
   */
  tryTake(cost: number, now: number): boolean {
    if (cost > this.#burst) throw new RangeError(`cannot take ${cost} at once: the burst is ${this.#burst}`);
    return this.#spend(cost, now, 0n) !== undefined;
  }

  /**
   * Moves the mark on.
   *
   * @param credit How far beyond now it may come, in ticks: with none it stays where it is if it would, else it ends there.
   * @returns How far beyond now it is, in ticks; `undefined` if it stays where it was.
   */
  #spend(cost: number, now: number, credit: bigint): bigint | undefined {
    if (!(cost >= 0)) throw new RangeError(`cannot take ${cost}: use a number from 0`);
    if (!Number.isFinite(now)) throw new RangeError(`cannot take anything at ${now}: use a time in milliseconds`);
    const costTicks = BigInt(Math.ceil(Math.min(cost * this.#scale, Number(MOST_DEBT))));
    const nowTicks = ORIGIN + BigInt(Math.ceil(now * this.#ticksPerSecond / 1000));
    for (let mark = Atomics.load(this.#cell, 0);;) {
      const before = this.#debt(mark, nowTicks);
      let debt = before + costTicks;
      if (debt > credit) {
        if (credit === 0n) return undefined;
        debt = before > credit ? before : credit;
      }
      const next = BigInt.asIntN(64, nowTicks + debt) || 1n;
      const found = Atomics.compareExchange(this.#cell, 0, mark, next);
      if (found === mark) return debt;
      mark = found;
    }
  }

  /** How far the mark is beyond now, in ticks: negative by what is left, which is the burst at most. */
  #debt(mark: bigint, nowTicks: bigint): bigint {
    const debt = BigInt.asIntN(64, mark - nowTicks);
    return mark === 0n || debt > LONG_AGO || debt < -this.#burstTicks ? -this.#burstTicks : debt;
  }
}
