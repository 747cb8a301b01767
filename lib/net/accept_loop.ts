import { delay } from "../core/delay.ts";
import type { Connection } from "./connection.ts";
import type { Listener } from "./listen.ts";

/** Options for {@linkcode acceptLoop}. */
export interface AcceptLoopOptions {
  /**
   * Told of each error that makes the loop wait (no free descriptor, no memory), with the milliseconds that it will
   * wait. It is called for each failed try, which the waiting keeps to about one a second: bound your log yourself.
   */
  onError?: (error: unknown, waitMs: number) => void;
  /** Ends the wait under way; abort it after closing the listener, which it does not close. */
  signal?: AbortSignal;
}

/** First and longest wait in milliseconds: short enough to go unnoticed, long enough not to spin. */
const FIRST_WAIT = 5;
const LONGEST_WAIT = 1000;

/**
 * Accepts connections until the listener is closed. Nothing that a peer does ends it: a peer that resets its connection
 * before it is accepted is passed over, and a shortage of descriptors (EMFILE) is waited out, 5 ms doubling to 1 s.
 *
 * @param onConnection Called with each connection; must not throw.
 * @returns A promise that resolves when the listener is closed; it never rejects.
 *
 * @example
 * ```ts
 * import { acceptLoop, connect, echo, listen } from "@sounder/tcp";
 *
 * using listener = listen({ port: 0 });
 * const loop = acceptLoop(listener, (connection) => void echo(connection).finally(() => connection.close()));
 *
 * const client = await connect(listener.addr);
 * client.close();
 * listener.close();
 * await loop;
 * ```
 */
export async function acceptLoop(
  listener: Listener,
  onConnection: (connection: Connection) => void,
  options: AcceptLoopOptions = {},
): Promise<void> {
  let wait = FIRST_WAIT;
  while (true) {
    let connection: Connection;
    try {
      connection = await listener.accept();
    } catch (error) {
      const verdict = judgeAcceptError(error);
      if (verdict === "stop") return;
      if (verdict === "wait") {
        options.onError?.(error, wait);
        // Once aborted the waits are short, but they are: accept() may reject at once each time, and the loop would spin.
        await (options.signal?.aborted ? delay(FIRST_WAIT) : delay(wait, options.signal));
        wait = Math.min(2 * wait, LONGEST_WAIT);
      }
      continue;
    }
    wait = FIRST_WAIT;
    onConnection(connection);
  }
}

/**
 * What an error of `accept()` calls for: `stop` when the listener is closed; `next` when it concerned one connection,
 * which its peer reset or which died in the queue (waiting then would let any peer hold up the others); else `wait`.
 */
export function judgeAcceptError(error: unknown): "stop" | "next" | "wait" {
  if (error instanceof Deno.errors.BadResource) return "stop";
  const ofOneConnection = error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.ConnectionReset;
  return ofOneConnection ? "next" : "wait";
}
