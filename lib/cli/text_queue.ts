import { waitAtMost } from "../core/delay.ts";

/** Characters that may wait at most: a few seconds of a busy debug log. */
const LIMIT = 4 * 1024 * 1024;

/**
 * Writes text in the background, in order, so that a reader who does not read (`2>&1 | less`) holds up the log and not
 * the work. What does not fit any more is dropped, and how much that was is said once the reader reads again.
 */
export class TextQueue {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #limit: number;
  readonly #encoder = new TextEncoder();
  #waiting = "";
  #dropped = 0;
  #writing: Promise<void> | undefined;

  /** @param write Writes the whole of the bytes; where it fails, nobody reads any more and nothing further is written. */
  constructor(write: (bytes: Uint8Array) => Promise<void>, limit: number = LIMIT) {
    this.#write = write;
    this.#limit = limit;
  }

  /** Adds a text that ends with its line. Never waits, never throws. */
  add(text: string): void {
    if (this.#waiting.length + text.length > this.#limit) this.#dropped++;
    else this.#waiting += text;
    this.#writing ??= this.#drain();
  }

  /** Waits until all is written, at most so many milliseconds. */
  async flush(limitMs: number): Promise<void> {
    if (this.#writing) await waitAtMost(limitMs, this.#writing);
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting !== "" || this.#dropped > 0) {
        let text = this.#waiting;
        if (this.#dropped > 0) text += `sounder: dropped ${this.#dropped} lines here: stderr was not read\n`;
        this.#waiting = "";
        this.#dropped = 0;
        await this.#write(this.#encoder.encode(text));
      }
      this.#writing = undefined;
    } catch {
      // Nobody reads stderr any more, and there is nowhere left to say so: #writing stays, and nothing is tried again.
      this.#waiting = "";
    }
  }
}
