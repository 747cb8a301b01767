/**
 * The module of a bench's Workers: one thread's load, told and telling by messages.
 *
 * @module
 */
/// <reference lib="webworker" />
import { runLoad } from "./load.ts";
import { mistakeData } from "./mistake_data.ts";
import { outcomeData } from "./outcome_data.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

const stop = new AbortController();
const go = Promise.withResolvers<void>();

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "start") void run(data);
  else if (data.type === "go") go.resolve();
  else {
    stop.abort();
    go.resolve();
  }
};

function tell(message: FromWorker): void {
  self.postMessage(message);
}

async function run({ plan }: Extract<ToWorker, { type: "start" }>): Promise<void> {
  try {
    const outcome = await runLoad(plan, {
      signal: stop.signal,
      ready: () => {
        tell({ type: "ready" });
        return go.promise;
      },
      onEvent: plan.eventful ? (event) => tell({ type: "event", event }) : undefined,
      onInterval: (interval) => {
        tell({ type: "interval", interval: { ...interval, latency: interval.latency.distribution() } });
      },
    });
    tell({ type: "outcome", outcome: outcomeData(outcome) });
  } catch (error) {
    tell({ type: "mistake", mistake: mistakeData(error) });
  }
  self.close();
}
