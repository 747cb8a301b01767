/** Counts of values by their size, in microseconds: what a distribution holds encoded. */
export interface HdrCounts {
  /** Values in all. */
  readonly totalCount: number;
  /** How many buckets there are. */
  readonly countsArrayLength: number;
  /** Counts one value; it must lie between 0 and {@linkcode HIGHEST_US}. */
  recordValue(us: number): void;
  /** Values counted in one bucket. */
  getCountAtIndex(index: number): number;
  /** The smallest value of a bucket. */
  valueFromIndex(index: number): number;
  /** The bucket of a value. */
  countsArrayIndex(us: number): number;
  /** The largest value of the bucket that this value is in. */
  highestEquivalentValue(us: number): number;
  /** Forgets every value. */
  reset(): void;
}

/** The part of hdr-histogram-js that is used. */
export interface Hdr {
  /** Counts of nothing yet: 1 µs to 1 hour, 3 significant digits. */
  empty(): HdrCounts;
  /** Adds the counts of `from` to those of `to`. Both were made here. */
  add(to: HdrCounts, from: HdrCounts): void;
  /** HdrHistogram V2, compressed, in base64. */
  encode(counts: HdrCounts): string;
  /**
   * Reads {@linkcode encode}'s text, and that of any other HdrHistogram of microseconds with values up to an hour.
   *
   * @throws {RangeError} if it is no such text.
   */
  decode(text: string): HdrCounts;
}

/** The largest value that is counted as it is, in microseconds: 1 hour. */
export const HIGHEST_US = 3_600_000_000;
const SIGNIFICANT_DIGITS = 3;

/**
 * Named apart: what stands in `import()` itself Deno fetches when the program starts, and then a network that swallows
 * packets holds up every command. scripts/compile.ts finds it here.
 */
const PACKAGE = "npm:hdr-histogram-js@3.0.1";

/**
 * Loads hdr-histogram-js. It is imported here and nowhere else, and only when somebody calls: a command that measures
 * nothing neither waits for it (40 ms) nor needs npm.
 */
export async function loadHdr(): Promise<Hdr> {
  const module: typeof import("npm:hdr-histogram-js@3.0.1") = await import(PACKAGE);
  const { Float64Histogram, decodeFromCompressedBase64, encodeIntoCompressedBase64 } = module;
  // Counts of 64 bits: those of 32 wrap silently once 4.3 billion values share a bucket, as those of merged results may.
  const empty = () => new Float64Histogram(1, HIGHEST_US, SIGNIFICANT_DIGITS);
  const own = (counts: HdrCounts) => counts as InstanceType<typeof Float64Histogram>;
  return {
    empty,
    add: (to, from) => own(to).add(own(from)),
    encode: (counts) => encodeIntoCompressedBase64(own(counts)),
    decode(text) {
      const counts = empty();
      try {
        // Added to an empty one: a file may hold other limits and digits than ours.
        counts.add(decodeFromCompressedBase64(text, 64) as InstanceType<typeof Float64Histogram>);
      } catch (cause) {
        throw new RangeError(
          "cannot read the histogram: it is not a compressed HdrHistogram (V2, in base64) of values up to an hour",
          { cause },
        );
      }
      return counts;
    },
  };
}
