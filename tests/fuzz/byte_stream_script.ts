/**
 * What happens on a connection in a run: what the client sends and when, what the links, the limits and the faults do to
 * it, and what of it must come back.
 *
 * @module
 */
import fc from "npm:fast-check@4.10.2";
import type { CorruptFault, Fault } from "../../lib/echo/fault.ts";
import {
  bandwidth,
  corrupt,
  delay,
  earlyFin,
  limit,
  refuse,
  reset,
  slice,
  stall,
  truncate,
} from "../../lib/echo/faults.ts";
import type { MemoryLinkOptions } from "../../lib/net/memory_link.ts";

/** The one thing that ends the echo before its time, at a byte of it. */
export type EndingKind = keyof typeof ENDINGS;

/** How a client meets an end. */
export type EndingReason = "closed" | "reset" | "stalled";

/** How each ending shows, where something is owed: as FIN, as RST, or not at all. */
const ENDINGS = {
  "truncated on the way back": "closed",
  "reset on the way back": "reset",
  "truncated on the way there": "closed",
  "reset on the way there": "reset",
  "max bytes": "closed",
  "fault truncate": "stalled",
  "fault early-fin": "closed",
  "fault limit": "closed",
  "fault reset": "reset",
  "fault refuse": "reset",
  "fault stall": "stalled",
} as const satisfies Record<string, EndingReason>;

/** A piece of a stream, and milliseconds before it is there. */
export interface Piece {
  readonly length: number;
  readonly pauseMs: number;
}

/** A run. */
export interface Script {
  /** Exchanges, each of some messages: their lengths. */
  readonly exchanges: readonly (readonly number[])[];
  /** The stream that follows, and milliseconds before its end; undefined for a plain close. */
  readonly stream: { readonly pieces: readonly Piece[]; readonly endMs: number; readonly window: number } | undefined;
  readonly forth: MemoryLinkOptions;
  readonly back: MemoryLinkOptions;
  /** Bytes per second that the server takes and gives. */
  readonly rate: number | undefined;
  /** Faults that make the echo late, or cut it into pieces, and leave it whole. */
  readonly shaping: readonly Fault[];
  readonly corruption: CorruptFault | undefined;
  readonly ending: { readonly kind: EndingKind; readonly at: number } | undefined;
  readonly verify: boolean;
  readonly seed: number;
  /** Milliseconds by which the clock moves on: timers are as late. */
  readonly stepMs: number;
}

/** Bytes of all messages of a run are a few hundred: a link or a fault may carry them one at a time. */
const length = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 60 }));
const share = 1;
const at = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 300 }));
const optional = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => fc.option(arbitrary, { nil: undefined, freq });

const link: fc.Arbitrary<MemoryLinkOptions> = fc.record({
  bufferSize: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(65536)),
  maxChunk: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Infinity)),
  delay: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30 })),
});

const shaper: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    ms: fc.integer({ min: 0, max: 800 }),
    jitterMs: fc.integer({ min: 0, max: 100 }),
    share: fc.constant(share),
  })
    .chain((options) =>
      fc.constantFrom("uniform", "normal", "pareto").map((one) => delay({ ...options, distribution: one }))
    ),
  fc.integer({ min: 500, max: 100_000 }).map((bytesPerSecond) => bandwidth({ bytesPerSecond })),
  fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 20 })).map(([bytes, gapMs]) =>
    slice({ bytes, gapMs })
  ),
  fc.tuple(fc.integer({ min: 0, max: 5000 }), at).map(([ms, afterBytes]) => stall({ ms, afterBytes })),
);

const corruption: fc.Arbitrary<CorruptFault> = fc.tuple(fc.constantFrom(undefined, 0.05, 1), at)
  .map(([rate, afterBytes]) => corrupt({ rate, afterBytes }));

/** Any run. */
export const anyScript: fc.Arbitrary<Script> = fc.record({
  exchanges: fc.array(fc.array(length, { maxLength: 4 }), { maxLength: 4 }),
  stream: optional(fc.record({
    pieces: fc.array(fc.record({ length, pauseMs: fc.constantFrom(0, 0, 0, 1, 70, 3000) }), { maxLength: 6 }),
    endMs: fc.constantFrom(0, 0, 5, 900, 20_000),
    window: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(65536)),
  })),
  forth: link,
  back: link,
  rate: optional(fc.integer({ min: 500, max: 20_000 })),
  shaping: fc.array(shaper, { maxLength: 3 }),
  corruption: optional(corruption),
  ending: optional(fc.record({
    kind: fc.constantFrom(...Object.keys(ENDINGS) as EndingKind[]),
    at,
    fromEnd: fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined }),
  })),
  verify: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  seed: fc.nat(),
  stepMs: fc.constantFrom(10, 100),
}).map(({ ending, ...script }) => ({ ...script, ending: ending && { kind: ending.kind, at: endOf(script, ending) } }));

/** Where an ending is: at that byte, or around the last one of all, where it may be seen or not. */
function endOf(
  { exchanges, stream }: Pick<Script, "exchanges" | "stream">,
  { at, fromEnd }: { readonly at: number; readonly fromEnd: number | undefined },
): number {
  if (fromEnd === undefined) return at;
  const lengths = [...exchanges.flat(), ...stream?.pieces.map(({ length }) => length) ?? []];
  return Math.max(0, lengths.reduce((sum, length) => sum + length, fromEnd));
}

/** Bytes that come back at most, whatever is sent. */
export function endingAt({ ending }: Script): number {
  if (ending === undefined) return Infinity;
  return ending.kind === "fault refuse" ? 0 : ending.at;
}

/** Whether all bytes up to the ending come back: where what was sent is lost with the connection, some may not. */
export function isExact({ ending }: Script): boolean {
  return ending?.kind !== "reset on the way there";
}

/** How the ending shows to a client to which something is owed, and that has sent its FIN or has not. */
export function endingReason({ ending }: Script, finSent: boolean): EndingReason | undefined {
  if (ending === undefined) return undefined;
  // The echo goes on to its own end, as if all had been sent.
  return ending.kind === "fault truncate" && finSent ? "closed" : ENDINGS[ending.kind];
}

/** The faults that do all this on the server. */
export function faultsOf({ shaping, corruption, ending }: Script): Fault[] {
  const offset = { afterBytes: ending?.at };
  const made: Partial<Record<EndingKind, () => Fault>> = {
    "fault truncate": () => truncate(offset),
    "fault early-fin": () => earlyFin(offset),
    "fault limit": () => limit(offset),
    "fault reset": () => reset(offset),
    "fault refuse": () => refuse(),
    "fault stall": () => stall(offset),
  };
  const fault = ending && made[ending.kind]?.();
  return [...shaping, ...(corruption ? [corruption] : []), ...(fault ? [fault] : [])];
}

/** What the links do, the ending included. */
export function linksOf({ forth, back, ending }: Script): { forth: MemoryLinkOptions; back: MemoryLinkOptions } {
  const when = (kind: EndingKind) => ending?.kind === kind ? ending.at : undefined;
  return {
    forth: {
      ...forth,
      truncateAfter: when("truncated on the way there"),
      resetAfter: when("reset on the way there"),
    },
    back: { ...back, truncateAfter: when("truncated on the way back"), resetAfter: when("reset on the way back") },
  };
}
