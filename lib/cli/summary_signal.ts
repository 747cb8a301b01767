import type { Logger } from "../core/logger.ts";
import type { ServerFacts } from "../report/server_facts.ts";
import type { CliIo } from "./io.ts";

/** Logs what a server has done, at each SIGUSR1, until it is disposed. */
export function summaryOnSignal(io: CliIo, logger: Logger, facts: () => ServerFacts): Disposable {
  let last: ServerFacts | undefined;
  const remove = io.onSummarySignal(async () => {
    const { ratesBetween, summaryText } = await import("../report/server_text.ts");
    const now = facts();
    const rates = ratesBetween(last, now);
    const since = last === undefined ? "the start" : "the last summary";
    last = now;
    const { open, total, refused, errors, bytesIn, bytesOut } = now.stats;
    logger.info(() => `summary: ${summaryText(now, rates, since)}`, () => ({
      event: "summary",
      uptimeMs: now.uptimeMs,
      ...{ open, total, refused, errors, bytesIn, bytesOut },
      ...rates,
    }));
  });
  return { [Symbol.dispose]: remove };
}
