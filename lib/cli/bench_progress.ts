import type { BenchInterval } from "../measure/bench_result.ts";
import { progressText } from "../report/progress.ts";
import type { CliIo } from "./io.ts";
import type { OptionValues } from "./option_table.ts";

/** Milliseconds from one drawing to the next: often enough to be seen to move, seldom enough to cost nothing. */
const REDRAW_MS = 250;
/** To the begin of the line, and erase it (ECMA-48: EL). */
const ERASE = "\r\x1b[K";

/** The line on the terminal that says where a bench stands, until it is disposed. */
export class BenchProgress implements Disposable {
  readonly #io: CliIo;
  readonly #options: OptionValues;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #begin = performance.now();
  #last: BenchInterval | undefined;
  #errors = 0;

  /** Begins to draw. */
  constructor(io: CliIo, options: OptionValues) {
    this.#io = io;
    this.#options = options;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#draw();
  }

  /** Takes the figures of a second. */
  take(interval: BenchInterval): void {
    this.#last = interval;
    this.#errors += interval.errors;
    this.#draw();
  }

  #draw(): void {
    const { duration, warmup: warmupMs, mode } = this.#options;
    const elapsedMs = performance.now() - this.#begin;
    const warmup = this.#last === undefined && elapsedMs < warmupMs;
    const { requests = 0, bytesReceived = 0, lengthMs = 1000, p50Ms = null, p99Ms = null } = this.#last ?? {};
    const line = progressText({
      elapsedMs: warmup ? elapsedMs : elapsedMs - warmupMs,
      totalMs: warmup ? warmupMs : duration,
      requestsPerSecond: (requests / lengthMs) * 1000,
      p50Ms,
      p99Ms,
      errors: this.#errors,
      warmup,
      ...(mode === "stream" && { bytesPerSecond: (bytesReceived / lengthMs) * 1000 }),
    }, (this.#io.columns ?? 80) - 1);
    this.#io.writeError(ERASE + line);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#io.writeError(ERASE);
  }
}
