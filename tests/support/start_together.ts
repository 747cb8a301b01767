/** Milliseconds after which a thread that the others wait for is given up. */
const LONGEST = 60_000;

/**
 * Waits, in a Worker, until so many threads have come here with the same word: what they do next they do at once, though
 * each takes its time to start.
 *
 * @param arrived One word that they share, 0 at first.
 */
export function startTogether(arrived: Int32Array, threads: number): void {
  const index = 0;
  let count = Atomics.add(arrived, index, 1) + 1;
  Atomics.notify(arrived, index);
  for (; count < threads; count = Atomics.load(arrived, index)) {
    if (Atomics.wait(arrived, index, count, LONGEST) === "timed-out") {
      throw new Error(`only ${count} of ${threads} threads have started`);
    }
  }
}
