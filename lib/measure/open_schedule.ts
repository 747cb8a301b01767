import { LONGEST_TIMER } from "../core/delay.ts";
import type { Lane } from "./lane.ts";

/**
 * Milliseconds before the next request in which the thread does not sleep: a timer of Deno's fires up to two milliseconds
 * late (its event loop waits in whole milliseconds), which would show as latency.
 */
const AWAKE_MS = 2.5;

/**
 * Tells lanes of their requests as they become due, until it is stopped. Between two that are near each other it goes on
 * turning the event loop, and with it a processor: that is the price of a schedule kept to some microseconds.
 */
export class OpenSchedule {
  readonly #lanes: readonly Lane[];
  readonly #setImmediate: (callback: () => void) => unknown;
  /** The next request: its number on its lane, and the lane's place. */
  #request = 0;
  #place = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  /** Nothing that is due at this time or later becomes due. */
  #end = Infinity;

  /** Loads what it needs. */
  static async create(lanes: readonly Lane[]): Promise<OpenSchedule> {
    const { setImmediate } = await import("node:timers");
    return new OpenSchedule(lanes, setImmediate);
  }

  private constructor(lanes: readonly Lane[], setImmediate: (callback: () => void) => unknown) {
    this.#lanes = lanes;
    this.#setImmediate = setImmediate;
  }

  /** Begins now. */
  start(now: number): void {
    for (const lane of this.#lanes) lane.origin = now;
    this.#turn();
  }

  /** Sets the time at which it ends: what is due then is not. */
  endAt(end: number): void {
    this.#end = end;
  }

  /** Ends it: what is due until now becomes due, and then nothing. */
  stop(): void {
    this.#release(performance.now());
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #turn(): void {
    if (this.#stopped) return;
    const now = performance.now();
    this.#release(now);
    const next = this.#nextDue();
    if (next >= this.#end) return;
    const sleep = next - now - AWAKE_MS;
    if (sleep > 0) this.#timer = setTimeout(() => this.#turn(), Math.min(sleep, LONGEST_TIMER));
    else this.#setImmediate(() => this.#turn());
  }

  /** Tells the lanes of what has become due. */
  #release(now: number): void {
    for (let next = this.#nextDue(); next <= now && next < this.#end; next = this.#nextDue()) {
      const lane = this.#lanes[this.#place];
      lane.due = this.#request + 1;
      lane.wake();
      if (++this.#place === this.#lanes.length) {
        this.#place = 0;
        this.#request++;
      }
    }
  }

  #nextDue(): number {
    return this.#lanes[this.#place].dueAt(this.#request, 0);
  }
}
