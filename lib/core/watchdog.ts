import { LONGEST_TIMER } from "./delay.ts";

/**
 * Calls back once when nothing has happened for a given time.
 *
 * Restarting a timer for every chunk read would cost more than the read. This one notes the time and lets the running
 * timer find out, when it fires, how much of the limit is left.
 *
 * ```text
 *  stopped ──start()──▶ running ──no touch() for `limit`──▶ stopped, onExpire() called once
 *     ▲                   │  ▲
 *     └──────stop()───────┘  └── touch(), start(): the limit counts from now
 * ```
 */
export class Watchdog {
  readonly #limit: number;
  readonly #onExpire: () => void;
  #since = 0;
  #running = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param limit Milliseconds of silence after which `onExpire` is called: never sooner, soon after. */
  constructor(limit: number, onExpire: () => void) {
    this.#limit = limit;
    this.#onExpire = onExpire;
  }

  /** Whether the silence is being counted. */
  get running(): boolean {
    return this.#running;
  }

  /** Counts the silence from now. */
  start(): void {
    this.#since = performance.now();
    this.#running = true;
    this.#timer ??= this.#arm(this.#limit);
  }

  /** Notes that something happened. Does nothing when stopped. */
  touch(): void {
    if (this.#running) this.#since = performance.now();
  }

  /** Stops counting; the timer goes on, so that starting again soon costs nothing. */
  pause(): void {
    this.#running = false;
  }

  /** Stops counting for good. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(left: number): ReturnType<typeof setTimeout> {
    return setTimeout(this.#onTimer, Math.min(left, LONGEST_TIMER));
  }

  #onTimer = (): void => {
    this.#timer = undefined;
    if (!this.#running) return;
    const left = timeLeft(this.#limit, performance.now() - this.#since);
    if (left > 0) {
      this.#timer = this.#arm(left);
    } else {
      this.#running = false;
      this.#onExpire();
    }
  };
}

/**
 * What is left of `limit` after `elapsed`, both in milliseconds: 0 when it is over, and otherwise at least 1, since a
 * timer that fires a fraction early must not spin.
 */
export function timeLeft(limit: number, elapsed: number): number {
  return elapsed >= limit ? 0 : Math.max(1, limit - elapsed);
}
