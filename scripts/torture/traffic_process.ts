/**
 * Streams through an echo server, in a process of their own, which can be stopped, killed, and put into another
 * network: `deno run --allow-net --allow-ffi scripts/torture/traffic_process.ts PLAN`. Says `moving` once each has had
 * its first echo, or why one ended before, and at the end, as JSON, what became of all.
 *
 * @module
 */
import type { Address } from "../../lib/core/address.ts";
import { seededRandom } from "./seeded_random.ts";
import { verifiedStream } from "./verified_stream.ts";

/** What a process does; travels as JSON. */
export interface TrafficPlan {
  /** The server. */
  readonly address: Address;
  /** Streams, all at once. */
  readonly streams: number;
  /** Bytes of each; null for no end. */
  readonly bytes: number | null;
  /** Bytes at most of a write; 64 KiB by default. */
  readonly mostPiece?: number;
  /** Milliseconds at most before each write; none by default. */
  readonly writePauseMs?: number;
  /** Milliseconds without a byte of an echo that is owed, after which it is given up. */
  readonly timeoutMs: number;
  /** What its choices come from. */
  readonly seed: number;
}

/** What became of one of its streams; travels as JSON. */
export interface TrafficOutcome {
  /** Bytes handed to the connection. */
  readonly sent: number;
  /** Bytes that came back and were right. */
  readonly echoed: number;
  /** Why it ended early; null if it did not. */
  readonly error: { readonly name: string; readonly reason: string | null; readonly message: string } | null;
}

async function runStream(plan: TrafficPlan, index: number, onEcho: () => void): Promise<TrafficOutcome> {
  const { sent, echoed, error } = await verifiedStream(plan.address, {
    bytes: plan.bytes ?? Infinity,
    random: seededRandom(plan.seed, "traffic", index),
    piece: [1, plan.mostPiece ?? 65536],
    writePauseMs: plan.writePauseMs,
    timeoutMs: plan.timeoutMs,
    onEcho,
  });
  if (!error) return { sent, echoed, error: null };
  const { reason = null } = error as { reason?: string };
  return { sent, echoed, error: { name: error.name, reason, message: error.message } };
}

if (import.meta.main) {
  const plan: TrafficPlan = JSON.parse(Deno.args[0]);
  const waiting = new Set(Array.from({ length: plan.streams }, (_, index) => index));
  const streams = Array.from({ length: plan.streams }, async (_, index) => {
    const outcome = await runStream(plan, index, () => {
      if (waiting.delete(index) && waiting.size === 0) console.log("moving");
    });
    if (waiting.delete(index)) console.log(`ended without an echo: ${outcome.error?.message}`);
    return outcome;
  });
  console.log(JSON.stringify(await Promise.all(streams)));
}
