/** Lines kept at most: more than anybody reads afterwards. */
const MOST_KEPT = 1000;

/** Keeps lines for later, the latest ones, while the terminal shows something else. */
export class HeldText {
  readonly #most: number;
  #lines: string[] = [];
  #dropped = 0;

  /** @param most Lines kept; of more, the earlier ones are dropped. */
  constructor(most: number = MOST_KEPT) {
    this.#most = most;
  }

  /** Adds a text of whole lines. */
  add(text: string): void {
    this.#lines.push(...text.replace(/\n$/, "").split("\n"));
    // Half at a time: a shift for each line of a busy debug log would be dear.
    const over = this.#lines.length - this.#most;
    if (over < this.#most) return;
    this.#lines = this.#lines.slice(over);
    this.#dropped += over;
  }

  /** The lines kept, the latest last. */
  get lines(): readonly string[] {
    return this.#lines.slice(-this.#most);
  }

  /** Hands the lines on, after how many were dropped, and keeps none. */
  release(write: (text: string) => void): void {
    const { lines } = this;
    const dropped = this.#dropped + this.#lines.length - lines.length;
    this.#lines = [];
    this.#dropped = 0;
    if (dropped > 0) write(`sounder: dropped the ${dropped} earliest lines of the log\n`);
    if (lines.length > 0) write(lines.join("\n") + "\n");
  }
}
