import type { FaultOffset } from "./fault.ts";
import type { Outlet, OutletEnd } from "./fault_outlet.ts";

/** What a fault does that waits for a byte of the stream. */
export interface FaultStrike {
  /** Called once, when that byte is reached; what it rejects with fails the write, or the end, that has reached it. */
  strike(): Promise<void>;
  /** What takes everything from then on. */
  readonly beyond: Outlet;
}

/** Passes bytes on up to an offset, and then has its fault strike. */
export class Threshold implements Outlet {
  readonly #next: Outlet;
  readonly #strike: FaultStrike;
  #left: number;
  /** Made when it begins to strike: nothing overtakes it. */
  #struck: Promise<void> | undefined;

  constructor(next: Outlet, { afterBytes }: FaultOffset, strike: FaultStrike) {
    this.#next = next;
    this.#strike = strike;
    this.#left = afterBytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const before = bytes.subarray(0, this.#left);
    const beyond = bytes.subarray(this.#left);
    if (before.length > 0) {
      await this.#next.write(before);
      this.#left -= before.length;
    }
    if (this.#left === 0) await this.#reach();
    if (beyond.length > 0) await this.#strike.beyond.write(beyond);
  }

  async end(how: OutletEnd): Promise<void> {
    if (this.#left > 0) return await this.#next.end(how);
    await this.#reach();
    await this.#strike.beyond.end(how);
  }

  #reach(): Promise<void> {
    return this.#struck ??= this.#strike.strike();
  }
}
