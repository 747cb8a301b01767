import type { Logger } from "../core/logger.ts";
import type { ServerFacts } from "../report/server_facts.ts";
import type { CliIo } from "./io.ts";

/**
 * Logs what a server has done, at each SIGUSR2 or SIGUSR1, until it is disposed. Signals that come before the server has
 * begun are heard, and tell nothing.
 */
export class SummarySignal implements Disposable {
  readonly #logger: Logger;
  readonly #remove: () => void;
  #facts: (() => ServerFacts) | undefined;
  #last: ServerFacts | undefined;
  #warned = false;

  /** Listens from now on. */
  constructor(io: CliIo, logger: Logger) {
    this.#logger = logger;
    this.#remove = io.onSummarySignal((signal) => {
      if (signal === "SIGUSR1" && !Deno.build.standalone) this.#warn();
      void this.#tell();
    });
  }

  /** Tells of this server from now on. */
  begin(facts: () => ServerFacts): void {
    this.#facts = facts;
  }

  [Symbol.dispose](): void {
    this.#remove();
  }

  /** Since 2.9.2 Deno opens its debugger at this signal, whoever else listens to it. */
  #warn(): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#logger.warn(
      () =>
        "SIGUSR1 makes Deno open its debugger on 127.0.0.1:9229 to every user of this machine, until the program ends: " +
        "use SIGUSR2, which asks for the same summary",
      () => ({ event: "debugger" }),
    );
  }

  async #tell(): Promise<void> {
    if (!this.#facts) return;
    const { ratesBetween, summaryText } = await import("../report/server_text.ts");
    const now = this.#facts();
    const rates = ratesBetween(this.#last, now);
    const since = this.#last === undefined ? "the start" : "the last summary";
    this.#last = now;
    const { open, total, refused, errors, bytesIn, bytesOut } = now.stats;
    this.#logger.info(() => `summary: ${summaryText(now, rates, since)}`, () => ({
      event: "summary",
      uptimeMs: now.uptimeMs,
      ...{ open, total, refused, errors, bytesIn, bytesOut },
      ...rates,
    }));
  }
}
