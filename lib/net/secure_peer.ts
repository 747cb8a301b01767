import { setImmediate } from "node:timers";

/** What reading and writing over TLS know of the peer in common. */
export class SecurePeer {
  /** It is gone: whoever asked was told, or it is untold. */
  gone = false;
  /** Its close_notify came. */
  ended = false;
  /** What ended TLS itself. */
  broken: Error | undefined;
  #untold: unknown;

  /** Keeps an error for whoever reads or writes next: nobody waited for what it concerns. */
  keep(error: unknown): void {
    this.#untold = error;
  }

  /** Takes what was kept. */
  takeUntold(): unknown {
    const untold = this.#untold;
    this.#untold = undefined;
    return untold;
  }
}

/** A turn, within which the engine tells of what it was given, such as close_notify, and gives out what it was told. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** What a write gets after the peer's end was told. */
export function peerGone(): Error {
  return new Deno.errors.BrokenPipe("the peer is gone");
}
