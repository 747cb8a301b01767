import { RateLimit } from "../core/rate_limit.ts";
import type { Random } from "../core/random.ts";
import type { BandwidthFault, CorruptFault, SliceFault } from "./fault.ts";
import { type Outlet, type OutletEnd, pause } from "./fault_outlet.ts";

/** Seconds' worth of a rate that may go out at once, so that a timer that fires late does not cost any of it. */
const BURST = 0.05;
/** Seconds' worth that go out in one piece, and bytes of it at most. */
const PIECE = 0.01;
const LARGEST_PIECE = 64 * 1024;

/** A rate of bytes, and how many are sent or read in one go. */
export class BytePace {
  /** Bytes of a piece at most. */
  readonly piece: number;
  readonly #limit: RateLimit;

  constructor({ bytesPerSecond }: BandwidthFault) {
    this.piece = Math.min(LARGEST_PIECE, Math.max(1, Math.floor(bytesPerSecond * PIECE)));
    const burst = Math.max(1, Math.floor(bytesPerSecond * BURST));
    this.#limit = new RateLimit({ perSecond: bytesPerSecond, burst });
  }

  /** Takes bytes from the rate: milliseconds to wait until they have come in. */
  take(bytes: number): number {
    return this.#limit.take(bytes, performance.now());
  }
}

/** Passes bytes on no faster than a rate. */
export class Bandwidth implements Outlet {
  readonly #next: Outlet;
  readonly #pace: BytePace;
  readonly #closed: AbortSignal;

  constructor(next: Outlet, fault: BandwidthFault, closed: AbortSignal) {
    this.#next = next;
    this.#pace = new BytePace(fault);
    this.#closed = closed;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const piece = bytes.subarray(done, done + this.#pace.piece);
      await pause(this.#pace.take(piece.length), this.#closed);
      await this.#next.write(piece);
      done += piece.length;
    }
  }

  end(how: OutletEnd): Promise<void> {
    return this.#next.end(how);
  }
}

/** Passes bytes on in slices, with a gap of time between them. */
export class Slicer implements Outlet {
  readonly #next: Outlet;
  readonly #fault: SliceFault;
  readonly #closed: AbortSignal;
  #last = -Infinity;

  constructor(next: Outlet, fault: SliceFault, closed: AbortSignal) {
    this.#next = next;
    this.#fault = fault;
    this.#closed = closed;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { bytes: size, gapMs } = this.#fault;
    for (let done = 0; done < bytes.length; done += size) {
      await pause(this.#last + gapMs - performance.now(), this.#closed);
      await this.#next.write(bytes.subarray(done, done + size));
      this.#last = performance.now();
    }
  }

  end(how: OutletEnd): Promise<void> {
    return this.#next.end(how);
  }
}

/** Changes bytes by their place in the stream, however they are cut into chunks. */
export class Corrupter implements Outlet {
  readonly #next: Outlet;
  readonly #rate: number | undefined;
  readonly #random: Random;
  #offset = 0;
  /** The next byte to be changed. */
  #target: number;

  constructor(next: Outlet, { rate, afterBytes }: CorruptFault, random: Random) {
    this.#next = next;
    this.#rate = rate;
    this.#random = random;
    this.#target = rate === undefined ? afterBytes : afterBytes + this.#gap(rate);
  }

  write(bytes: Uint8Array): Promise<void> {
    const end = this.#offset + bytes.length;
    // A copy: the bytes are the caller's.
    const passed = this.#target < end ? bytes.slice() : bytes;
    for (; this.#target < end; this.#target += this.#rate === undefined ? Infinity : 1 + this.#gap(this.#rate)) {
      passed[this.#target - this.#offset] ^= 1 + this.#random.below(255);
    }
    this.#offset = end;
    return this.#next.write(passed);
  }

  end(how: OutletEnd): Promise<void> {
    return this.#next.end(how);
  }

  /** Bytes that stay as they are before the next one that does not: geometrically distributed. */
  #gap(rate: number): number {
    return Math.floor(Math.log(1 - this.#random.unit()) / Math.log1p(-rate));
  }
}
