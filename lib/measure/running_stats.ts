/** Minimum, mean, standard deviation and maximum of samples, as {@linkcode RunningStats.summary} gives them. */
export interface StatsSummary {
  /** Samples. */
  readonly count: number;
  /** The smallest; null without a sample. */
  readonly min: number | null;
  /** The mean; null without a sample. */
  readonly mean: number | null;
  /** The population standard deviation, which Linux ping calls mdev; null without a sample. */
  readonly stddev: number | null;
  /** The largest; null without a sample. */
  readonly max: number | null;
}

/** Minimum, mean, standard deviation and maximum of samples as they come, in constant memory. */
export interface RunningStats {
  /** Samples so far. */
  readonly count: number;
  /** Takes a sample. */
  record(sample: number): void;
  /** Takes all samples of another. */
  add(other: StatsSummary): void;
  /** Forgets every sample. */
  reset(): void;
  /** The figures so far. */
  summary(): StatsSummary;
}

/**
 * Makes statistics without a sample. Mean and deviation are Welford's, and two are joined by Chan's formula: sums of
 * squares would lose all digits where the deviation is small beside the mean.
 */
export function createRunningStats(): RunningStats {
  return new Welford();
}

class Welford implements RunningStats {
  #count = 0;
  #min = Infinity;
  #mean = 0;
  /** Sum of the squared differences from the mean. */
  #squares = 0;
  #max = -Infinity;
  /** What was added to nothing: as long as nothing more came, that is the summary. Its deviation squared and rooted is not. */
  #given: StatsSummary | undefined;

  get count(): number {
    return this.#count;
  }

  record(sample: number): void {
    const before = sample - this.#mean;
    this.#mean += before / ++this.#count;
    this.#squares += before * (sample - this.#mean);
    if (sample < this.#min) this.#min = sample;
    if (sample > this.#max) this.#max = sample;
  }

  add({ count, min, mean, stddev, max }: StatsSummary): void {
    if (count === 0 || min === null || mean === null || stddev === null || max === null) return;
    this.#given = this.#count === 0 ? { count, min, mean, stddev, max } : undefined;
    const sum = this.#count + count;
    const apart = mean - this.#mean;
    this.#squares += stddev * stddev * count + apart * apart * this.#count * (count / sum);
    this.#mean += apart * (count / sum);
    this.#count = sum;
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }

  reset(): void {
    this.#count = this.#mean = this.#squares = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
    this.#given = undefined;
  }

  summary(): StatsSummary {
    const count = this.#count;
    if (this.#given?.count === count) return this.#given;
    if (count === 0) return { count, min: null, mean: null, stddev: null, max: null };
    return { count, min: this.#min, mean: this.#mean, stddev: Math.sqrt(this.#squares / count), max: this.#max };
  }
}
