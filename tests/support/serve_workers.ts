/**
 * The Workers of a server in a test's own process: who served what, and how one dies.
 *
 * @module
 */
import type { FromServeWorker } from "../../lib/echo/serve_messages.ts";

/** The Workers that were started. */
export interface WatchedWorkers extends Disposable {
  /** Connections that each has told the end of, in the order in which they were started. */
  readonly closed: readonly number[];
  /** Makes one throw what nobody catches; it must run `dying_serve_worker.ts`. */
  kill(index: number): void;
}

/**
 * Watches the Workers that are started from now on, until it is disposed of.
 *
 * @param module Path from here of what they run instead of their own module, which it is to import.
 */
export function watchWorkers(module?: string): WatchedWorkers {
  const Real = globalThis.Worker;
  const workers: Worker[] = [];
  const closed: number[] = [];
  globalThis.Worker = class extends Real {
    constructor(specifier: string | URL, options?: WorkerOptions) {
      super(module === undefined ? specifier : new URL(module, import.meta.url), options);
      const index = workers.push(this) - 1;
      closed[index] = 0;
      this.addEventListener("message", ({ data }: MessageEvent<FromServeWorker>) => {
        if (data.type === "closed") closed[index]++;
      });
    }
  };
  return {
    closed,
    kill: (index) => workers[index].postMessage({ type: "die" }),
    [Symbol.dispose]: () => {
      globalThis.Worker = Real;
    },
  };
}
