import { delay } from "../../lib/core/delay.ts";
import { bytesText } from "../../lib/report/bench_units.ts";
import { check } from "./check.ts";
import { judgeFlat } from "./flatness.ts";
import { processFacts } from "./process_facts.ts";

/** Reads the memory of a process again and again. Disposing ends that. */
export class MemoryWatch implements AsyncDisposable {
  readonly #values: number[] = [];
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  /** Begins. */
  constructor(pid: number, everyMs: number) {
    this.#watching = this.#watch(pid, everyMs);
    // Whoever asks for the verdict is told.
    this.#watching.catch(() => {});
  }

  /**
   * Ends the watch.
   *
   * @returns The growth, in words.
   * @throws {Error} if the memory was not flat, or could not be read.
   */
  async verdict(tolerance: number): Promise<string> {
    this.#stop.abort();
    await this.#watching;
    return requireFlat(this.#values, tolerance);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching.catch(() => {});
  }

  async #watch(pid: number, everyMs: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#values.push((await processFacts(pid)).memory);
      await delay(everyMs, this.#stop.signal);
    }
  }
}

/**
 * Says how much memory grew.
 *
 * @throws {Error} if it was not flat.
 */
export function requireFlat(memory: readonly number[], tolerance: number): string {
  const { first, last, flat } = judgeFlat(memory, tolerance);
  const text = `memory ${bytesText(first)} at first, ${bytesText(last)} at the end`;
  check(flat, `${text}: at most ${bytesText(first + tolerance)} is flat`);
  return text;
}
