/**
 * Numbers that look random and are the same at each run: xoshiro128** 1.1 (D. Blackman, S. Vigna: Scrambled linear
 * pseudorandom number generators, 2018; https://prng.di.unimi.it), its state filled by SplitMix64 as its authors advise
 * (G. Steele, D. Lea, C. Flood: Fast splittable pseudorandom number generators, 2014). Not for secrets.
 *
 * A generator is named by a list of numbers, such as a seed, a connection and a purpose: each list is a stream of its own,
 * and no stream depends on how much was drawn from another.
 */
export class Random {
  readonly #state: Uint32Array;

  /**
   * Makes the generator of that name.
   *
   * @param keys Whole numbers from 0 below 2^53.
   * @throws {RangeError} if one is none.
   */
  constructor(...keys: readonly number[]) {
    const words = splitMix64(mixKeys(keys));
    this.#state = new Uint32Array(4);
    for (let i = 0; i < 4; i += 2) {
      const word = words.next();
      this.#state[i] = Number(word & LOW_32);
      this.#state[i + 1] = Number(word >> 32n);
    }
  }

  /** A generator in a state that is given. */
  static ofState(state: readonly [number, number, number, number]): Random {
    const random = new Random();
    random.#state.set(state);
    return random;
  }

  /** A whole number from 0 below 2^32. */
  uint32(): number {
    const state = this.#state;
    const result = Math.imul(rotateLeft(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotateLeft(state[3], 11);
    return result;
  }

  /** A number from 0 below 1, one of 2^53 at equal distances. */
  unit(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A whole number from 0 below `limit`, which is 2^53 at most. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }
}

const LOW_32 = 0xffff_ffffn;

function rotateLeft(word: number, bits: number): number {
  return word << bits | word >>> 32 - bits;
}

/** A seed that differs from run to run, below 2^32 so that it is short to note down. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

/** The generator SplitMix64: 64 bits at a time. */
export function splitMix64(seed: bigint): { next(): bigint } {
  let state = seed;
  return {
    next() {
      state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
      let word = state;
      word = BigInt.asUintN(64, (word ^ word >> 30n) * 0xbf58476d1ce4e5b9n);
      word = BigInt.asUintN(64, (word ^ word >> 27n) * 0x94d049bb133111ebn);
      return word ^ word >> 31n;
    },
  };
}

/** A seed of all keys, in which their order counts: lists that differ in one key never share it. */
function mixKeys(keys: readonly number[]): bigint {
  let seed = BigInt(keys.length);
  for (const key of keys) {
    if (!(Number.isSafeInteger(key) && key >= 0)) {
      throw new RangeError(`cannot seed random numbers with ${key}: use a whole number from 0 below 2^53`);
    }
    seed = splitMix64(seed).next() ^ BigInt(key);
  }
  return seed;
}
