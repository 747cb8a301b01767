import { createHistogram } from "./histogram.ts";
import { medianOf } from "./median_of.ts";

/** What the clock can tell, and what asking costs. */
export interface ClockFigures {
  /** The smallest step that was seen, in microseconds. */
  readonly resolutionUs: number;
  /** What one sample costs: reading the clock twice and recording the difference, in microseconds. */
  readonly sampleCostUs: number;
}

/** Time for each of the two measurements. */
const BUDGET_MS = 10;
/** A coarse clock shows its step within a few steps, a fine one within a few hundred readings. */
const STEPS = 1000;
const BATCHES = 25;
/** Samples of a batch: long beside the clock's step, short beside the scheduler's time slice. */
const BATCH = 200;

/** Measures `performance.now()`, which every figure comes from. Takes less than 30 ms. */
export async function measureClock(): Promise<ClockFigures> {
  const histogram = await createHistogram();
  return {
    resolutionUs: wholeNanoseconds(smallestStep()),
    sampleCostUs: wholeNanoseconds(sampleCost((ms) => histogram.record(ms))),
  };
}

/** Milliseconds as microseconds: a difference of two times has digits that the clock does not. */
function wholeNanoseconds(ms: number): number {
  return Math.round(ms * 1e6) / 1000;
}

/** The smallest difference between two readings that differ. */
function smallestStep(): number {
  const begin = performance.now();
  let smallest = Infinity, last = begin;
  for (let steps = 0; steps < STEPS && last - begin < BUDGET_MS;) {
    const now = performance.now();
    if (now === last) continue;
    smallest = Math.min(smallest, now - last);
    last = now;
    steps++;
  }
  return smallest;
}

/** The median over batches: a batch in which another program ran, or this one was compiled, does not count. */
function sampleCost(record: (ms: number) => void): number {
  const begin = performance.now();
  const costs: number[] = [];
  for (let batch = 0; batch < BATCHES && performance.now() - begin < BUDGET_MS; batch++) {
    const start = performance.now();
    for (let sample = 0; sample < BATCH; sample++) {
      const from = performance.now();
      record(performance.now() - from);
    }
    costs.push((performance.now() - start) / BATCH);
  }
  return medianOf(costs)!;
}
