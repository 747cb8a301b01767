import type { CliIo, StopSignal } from "./io.ts";

/** Milliseconds within which a further signal counts as the first one's echo: one Ctrl-C under `deno task` comes twice. */
const SAME_KEYPRESS = 500;

/** The stop signals that have come: the first asks to end in order, the second to end at once. */
export class StopSignals implements Disposable {
  /** Resolves with the first signal. */
  readonly first: Promise<StopSignal>;
  /** Resolves with the next one that comes at least 500 ms after the first. */
  readonly second: Promise<StopSignal>;
  readonly #remove: () => void;

  /** Listens from now on. @param now The clock, in milliseconds. */
  constructor(io: CliIo, now: () => number = () => performance.now()) {
    const first = Promise.withResolvers<StopSignal>();
    const second = Promise.withResolvers<StopSignal>();
    let firstAt: number | undefined;
    this.#remove = io.onStopSignal((signal) => {
      if (firstAt === undefined) {
        firstAt = now();
        first.resolve(signal);
      } else if (now() - firstAt >= SAME_KEYPRESS) {
        second.resolve(signal);
      }
    });
    this.first = first.promise;
    this.second = second.promise;
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    this.#remove();
  }
}
