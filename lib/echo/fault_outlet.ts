import { delay } from "../core/delay.ts";
import type { Connection } from "../net/connection.ts";
import { tryTcpInfo } from "../socket/try_tcp_info.ts";

/** How an end is put to what is sent. */
export type OutletEnd = "fin" | "reset";

/**
 * Takes what is sent: a fault, and behind it the next, and at the end the wire. One call at a time is under way.
 *
 * ```text
 *   service ─▶ corrupt ─▶ reset … ─▶ slice ─▶ bandwidth ─▶ delay ─▶ wire
 * ```
 */
export interface Outlet {
  /** Takes bytes, which are the caller's again when the promise resolves. There is at least one. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the sending, once what came before has gone out. After FIN there may be another end, but no more bytes. */
  end(how: OutletEnd): Promise<void>;
}

/** Waits; fails if the connection is closed meanwhile. */
export async function pause(ms: number, closed: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, closed);
  throwIfClosed(closed);
}

/** Milliseconds between two looks for a peer that is gone. */
const LOOK = 1000;

/**
 * Waits, and neither reads nor writes: so only the kernel can tell that the peer has reset the connection meanwhile. It is
 * asked each second where that is possible; else, and after a FIN, the connection stays open as that of a server that
 * hangs does.
 *
 * @param ms `Infinity` waits for ever.
 * @throws {Deno.errors.ConnectionReset} if the peer has reset the connection.
 */
export async function standStill(connection: Connection, ms: number, closed: AbortSignal): Promise<void> {
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) {
    // Also before the first wait: the descriptor of a connection that has been reset can no longer be found.
    if (tryTcpInfo(connection)?.state === "CLOSE") {
      throw new Deno.errors.ConnectionReset("the peer reset the connection while an injected fault held it up");
    }
    await pause(Math.min(left, LOOK), closed);
  }
}

/** Fails if the connection is closed. */
export function throwIfClosed(closed: AbortSignal): void {
  if (closed.aborted) throw interrupted();
}

/** What a pending write or read meets when its connection is closed. */
export function interrupted(): Error {
  return new Deno.errors.Interrupted("the connection was closed while an injected fault held it up");
}

/** Milliseconds that a RST waits at most for the peer to acknowledge what was sent before it. */
const PATIENCE = 1000;

/** The last outlet: the connection itself. */
export class Wire implements Outlet {
  readonly #connection: Connection;
  readonly #closed: AbortSignal;
  readonly #onSent: ((bytes: number) => void) | undefined;
  #bytesSent = 0;

  /** @param onSent Called with how many bytes were handed to the connection, after each write. */
  constructor(connection: Connection, closed: AbortSignal, onSent?: (bytes: number) => void) {
    this.#connection = connection;
    this.#closed = closed;
    this.#onSent = onSent;
  }

  /** Bytes handed to the connection, less those of a write that failed. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#connection.write(bytes);
    this.#bytesSent += bytes.length;
    this.#onSent?.(bytes.length);
  }

  async end(how: OutletEnd): Promise<void> {
    if (how === "fin") return await this.#connection.closeWrite();
    await this.#untilAcknowledged();
    throwIfClosed(this.#closed);
    this.#connection.abort();
  }

  /** RST drops what the kernel has not sent: with all of it at the peer, the offset of the reset is exact. */
  async #untilAcknowledged(): Promise<void> {
    for (const since = performance.now(); performance.now() - since < PATIENCE; await pause(1, this.#closed)) {
      const { unackedSegments = 0, notSentBytes = 0 } = tryTcpInfo(this.#connection) ?? {};
      if (unackedSegments === 0 && notSentBytes === 0) return;
    }
  }
}
