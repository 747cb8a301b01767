import type { Address } from "../../lib/core/address.ts";
import { BytePattern } from "../../lib/core/byte_pattern.ts";
import { delay } from "../../lib/core/delay.ts";
import { connectEcho, type ConnectEchoOptions } from "../../lib/echo/connect_echo.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** The most bytes of one write. */
export const LARGEST_PIECE = 256 * 1024;
/** Bytes after which what is sent repeats. Each stream begins somewhere else in it: a mix-up of two shows. */
const PERIOD = 65_521;
/** Milliseconds without a byte of an echo that is owed: many times what a busy machine takes. */
export const PATIENCE_MS = 15_000;

const PATTERN = new BytePattern(LARGEST_PIECE);

/** What is sent through a connection and is to come back. */
export interface StreamPlan {
  /** Bytes; Infinity for no end of its own. */
  readonly bytes: number;
  /** What its choices come from. */
  readonly random: SeededRandom;
  /** Fewest and most bytes of a write: each size is another draw. 64 KiB each by default. */
  readonly piece?: readonly [least: number, most: number];
  /** Milliseconds at most, drawn anew, before each write; none by default. */
  readonly writePauseMs?: number;
  /**
   * Milliseconds at most, drawn anew, before what was read is used up, and no more is read meanwhile; none by default.
   */
  readonly readPauseMs?: number;
  /** Nothing that was read is used up, and no more is read, before it resolves. */
  readonly beforeReading?: Promise<void>;
  /** Milliseconds without a byte of an echo that is owed, after which it is given up; 15 s by default. */
  readonly timeoutMs?: number;
  /** Ends the sending; all that was sent is still to come back. */
  readonly until?: AbortSignal;
  /** Gives it up. */
  readonly signal?: AbortSignal;
  /** Whether each byte is compared as it comes; true by default. */
  readonly verify?: boolean;
  /** Told of all that is sent. */
  readonly onSent?: (bytes: Uint8Array) => void;
  /** Told of all that came back. */
  readonly onEcho?: (bytes: Uint8Array) => void;
  /** Options of the connection. */
  readonly connection?: Omit<ConnectEchoOptions, "hostname" | "port">;
}

/** What became of a stream. */
export interface StreamOutcome {
  /** Bytes handed to the connection. */
  readonly sent: number;
  /** Bytes that came back, and were right where they were compared. */
  readonly echoed: number;
  /** Why it ended early; undefined if it did not. */
  readonly error: Error | undefined;
}

/** Sends bytes through an echo server and compares what comes back, both at once. Never rejects. */
export async function verifiedStream(address: Address, plan: StreamPlan): Promise<StreamOutcome> {
  const { signal, timeoutMs: timeout = PATIENCE_MS, verify } = plan;
  let sent = 0;
  let echoed = 0;
  try {
    using client = await connectEcho({ ...address, connectTimeout: PATIENCE_MS, signal, ...plan.connection });
    try {
      await client.stream(source(plan), sink(plan), { timeout, signal, verify });
    } finally {
      [sent, echoed] = [client.bytesSent, client.bytesReceived];
    }
    return { sent, echoed, error: undefined };
  } catch (error) {
    return { sent, echoed, error: error as Error };
  }
}

function source({ bytes, random, piece = [65536, 65536], writePauseMs = 0, until, onSent }: StreamPlan) {
  const start = random.whole(0, PERIOD - 1);
  let offset = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (writePauseMs > 0) await delay(random.next() * writePauseMs, until);
      if (offset === bytes || until?.aborted) return controller.close();
      const part = PATTERN.part(start + offset, Math.min(random.size(...piece), bytes - offset));
      offset += part.length;
      onSent?.(part);
      controller.enqueue(part);
    },
    // Nothing is fetched before it is asked for: what `until` ends has been sent.
  }, { highWaterMark: 0 });
}

function sink({ random, readPauseMs = 0, beforeReading, until, onEcho }: StreamPlan) {
  return new WritableStream<Uint8Array>({
    async write(bytes) {
      await beforeReading;
      if (readPauseMs > 0) await delay(random.next() * readPauseMs, until);
      onEcho?.(bytes);
    },
  });
}

/**
 * Sums outcomes up.
 *
 * @returns Bytes that came back.
 * @throws {Error} with the first error, where any ended early.
 */
export function allEchoed(what: string, outcomes: readonly StreamOutcome[]): number {
  const failed = outcomes.filter(({ error }) => error);
  if (failed.length > 0) {
    throw new Error(`${failed.length} of ${outcomes.length} ${what} failed: ${failed[0].error!.message}`, {
      cause: failed[0].error,
    });
  }
  const short = outcomes.find(({ sent, echoed }) => sent !== echoed);
  if (short) throw new Error(`of ${what}, one sent ${short.sent} bytes and got ${short.echoed} back`);
  return outcomes.reduce((sum, { echoed }) => sum + echoed, 0);
}
