import { type Address, formatAddress } from "../core/address.ts";
import { attempt } from "../core/attempt.ts";
import type { Logger } from "../core/logger.ts";
import { textOf } from "../core/text_of.ts";

/** Writes in vain after which the log warns: asyncio's number. */
const VAIN_WRITES = 5;

/** Who is told what, beside the protocol. */
export interface TransportHooks {
  /** Told of what a callback of the protocol throws. */
  onError?: (error: unknown) => void;
  /** Where that, and writing in vain, is logged. */
  logger?: Logger;
  /** Called when the connection is over, after `connectionLost()`. */
  onEnd?: () => void;
}

/** Tells of what goes wrong with the user's part of a transport. */
export class Trouble {
  readonly #hooks: TransportHooks;
  readonly #remoteAddr: Address;
  #vainWrites = 0;

  constructor(hooks: TransportHooks, { remoteAddr }: { readonly remoteAddr: Address }) {
    this.#hooks = hooks;
    this.#remoteAddr = remoteAddr;
  }

  /** A callback failed. */
  report(error: unknown): void {
    const text = textOf(error);
    const peer = formatAddress(this.#remoteAddr);
    this.#hooks.logger?.error(() => `a callback of the protocol with ${peer} failed: ${text}`, () => ({
      event: "protocol-error",
      peer,
    }));
    attempt(() => this.#hooks.onError?.(error), () => {});
  }

  /** Something was written after the end. */
  writeInVain(): void {
    if (++this.#vainWrites < VAIN_WRITES) return;
    const peer = formatAddress(this.#remoteAddr);
    this.#hooks.logger?.warn(() => `write() after the connection with ${peer} was closed or lost`, () => ({
      event: "vain-write",
      peer,
    }));
  }
}

/** Whatever was thrown, as an error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(textOf(error), { cause: error });
}
