/** A time without an answer, in milliseconds of one clock. */
export interface Outage {
  /** When the first probe was sent that was lost. */
  readonly startMs: number;
  /** The same as the date that it was (`Date.now()`): clocks that measure may stand still while a machine sleeps. */
  readonly startDate: number;
  /** When the next reply came; null if none has yet. */
  readonly endMs: number | null;
  /** Probes lost in it. */
  readonly lost: number;
}

/** Keeps book of the times without an answer. Pure: it knows no clock. */
export class OutageBook {
  readonly #outages: (Omit<Outage, "endMs" | "lost"> & { endMs: number | null; lost: number })[] = [];
  #lastReplyMs = -Infinity;

  /** The outages so far, in order. */
  get outages(): readonly Outage[] {
    return this.#outages;
  }

  /** Takes note of a reply. */
  reply(atMs: number): void {
    this.#lastReplyMs = atMs;
    const last = this.#outages.at(-1);
    if (last?.endMs === null) last.endMs = atMs;
  }

  /**
   * Takes note of a loss, which is known some time after the probe was sent: where each probe has a connection of its own,
   * later ones may have been answered by then.
   */
  lost(sentMs: number, sentDate: number): void {
    const last = this.#outages.at(-1);
    if (last && (last.endMs === null || sentMs < last.endMs)) {
      last.lost++;
    } else {
      const endMs = this.#lastReplyMs > sentMs ? this.#lastReplyMs : null;
      this.#outages.push({ startMs: sentMs, startDate: sentDate, endMs, lost: 1 });
    }
  }
}
