import type { BenchInterval } from "./bench_result.ts";
import { createHistogram, type Histogram } from "./histogram.ts";
import { isTold } from "./percentile_rank.ts";
import type { TallyInterval } from "./tally.ts";

/** Puts the seconds of several threads together: one is told when each thread has told of it. */
export class BenchIntervals {
  readonly #threads: number;
  readonly #onInterval: (interval: BenchInterval) => void;
  readonly #merged: Histogram;
  /** The seconds that not all have told of, by thread. */
  readonly #waiting: TallyInterval[][];
  /** Threads that tell of no more. */
  readonly #ended = new Set<number>();

  /** Makes one; `onInterval` is called in the order of time. */
  static async create(threads: number, onInterval: (interval: BenchInterval) => void): Promise<BenchIntervals> {
    return new BenchIntervals(threads, onInterval, await createHistogram());
  }

  private constructor(threads: number, onInterval: (interval: BenchInterval) => void, merged: Histogram) {
    this.#threads = threads;
    this.#onInterval = onInterval;
    this.#merged = merged;
    this.#waiting = Array.from({ length: threads }, () => []);
  }

  /** Takes a second of one thread. */
  add(thread: number, interval: TallyInterval): void {
    // One thread's histogram is used again for its next second.
    if (this.#threads === 1) return this.#onInterval(toldOf([interval], interval.latency));
    this.#waiting[thread].push(interval);
    this.#tellComplete();
  }

  /** Notes that a thread has ended: the others' further seconds do not wait for it. */
  end(thread: number): void {
    this.#ended.add(thread);
    this.#tellComplete();
  }

  #tellComplete(): void {
    const isComplete = (intervals: TallyInterval[], thread: number) => intervals.length > 0 || this.#ended.has(thread);
    while (this.#waiting.every(isComplete) && this.#waiting.some(({ length }) => length > 0)) this.#tellNext();
  }

  #tellNext(): void {
    const parts = this.#waiting.flatMap((intervals) => intervals.splice(0, 1));
    this.#merged.reset();
    for (const { latency } of parts) this.#merged.add(latency);
    this.#onInterval(toldOf(parts, this.#merged));
  }
}

function toldOf(parts: readonly TallyInterval[], latency: Histogram): BenchInterval {
  const sum = (read: (part: TallyInterval) => number) => parts.reduce((total, part) => total + read(part), 0);
  const startMs = Math.min(...parts.map((part) => part.startMs));
  return {
    startMs,
    lengthMs: Math.max(...parts.map((part) => part.endMs)) - startMs,
    requests: sum((part) => part.requests),
    errors: sum((part) => part.errors),
    bytesSent: sum((part) => part.bytesSent),
    bytesReceived: sum((part) => part.bytesReceived),
    p50Ms: isTold(50, latency.count) ? latency.percentileMs(50) : null,
    p99Ms: isTold(99, latency.count) ? latency.percentileMs(99) : null,
    maxMs: latency.maxMs,
  };
}
