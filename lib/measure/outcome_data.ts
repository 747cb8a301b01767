import type { LoadOutcome } from "./load_outcome.ts";
import type { OutcomeData } from "./worker_messages.ts";

/** What a thread measured, as plain data. */
export function outcomeData({ histograms, ...rest }: LoadOutcome): OutcomeData {
  return {
    ...rest,
    latency: histograms.latency.distribution(),
    serviceTime: histograms.serviceTime?.distribution(),
    delay: histograms.delay?.distribution(),
    connectTime: histograms.connectTime.distribution(),
    tlsTime: histograms.tlsTime?.distribution(),
  };
}
