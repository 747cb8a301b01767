import type { Random } from "../core/random.ts";
import type { Connection } from "../net/connection.ts";
import { type Fault, FAULT_KINDS, type LimitFault, type ResetFault } from "./fault.ts";
import { DelayLine } from "./fault_delay.ts";
import { type Outlet, type OutletEnd, pause, standStill } from "./fault_outlet.ts";
import { Bandwidth, Corrupter, Slicer } from "./fault_stages.ts";
import { type FaultStrike, Threshold } from "./fault_threshold.ts";

/** A fault that a connection has drawn. */
export interface DrawnFault {
  /** What it is. */
  readonly fault: Fault;
  /** What it draws from: nobody else does. */
  readonly random: Random;
}

/** What the faults of a connection need of it. */
export interface FaultContext {
  /** The connection itself. */
  readonly connection: Connection;
  /** Aborted when it is closed. */
  readonly closed: AbortSignal;
  /** Whether a read has told that the peer has ended the connection: its FIN, its RST, or that it answers no more. */
  readonly peerEnded: () => boolean;
  /** Ends the connection in the name of a fault, through what lies behind it; rejects in any case. */
  end(fault: LimitFault | ResetFault, next: Outlet): Promise<never>;
}

/**
 * Puts faults before an outlet, in the order of {@linkcode FAULT_KINDS}: what the server does comes before what the path
 * does, whatever the order in which they were given. Those of one kind act one after the other.
 */
export function faultPipeline(wire: Outlet, drawn: readonly DrawnFault[], context: FaultContext): Outlet {
  const kinds: readonly string[] = FAULT_KINDS;
  const ordered = drawn.toSorted((a, b) => kinds.indexOf(a.fault.kind) - kinds.indexOf(b.fault.kind));
  return ordered.reduce((next, { fault, random }) => makeStage(next, fault, random, context), wire);
}

function makeStage(next: Outlet, fault: Fault, random: Random, context: FaultContext): Outlet {
  switch (fault.kind) {
    case "delay":
      return new DelayLine(next, fault, random, context.closed);
    case "bandwidth":
      return new Bandwidth(next, fault, context.closed);
    case "slice":
      return new Slicer(next, fault, context.closed);
    case "corrupt":
      return new Corrupter(next, fault, random);
    case "refuse":
      return next; // it has struck before anything is sent
    default:
      return new Threshold(next, fault, makeStrike(next, fault, context));
  }
}

type StrikingFault = Extract<Fault, { kind: "stall" | "truncate" | "early-fin" | "limit" | "reset" }>;

/** What a fault does to a connection when its offset is reached, in front of an outlet. */
export function makeStrike(next: Outlet, fault: StrikingFault, context: FaultContext): FaultStrike {
  const { connection, closed } = context;
  switch (fault.kind) {
    case "stall":
      return { strike: () => standStill(connection, fault.ms, closed), beyond: next };
    case "truncate":
      return { strike: () => Promise.resolve(), beyond: dropBefore(next, ["fin", "reset"], context) };
    case "early-fin":
      return { strike: () => next.end("fin"), beyond: dropBefore(next, ["reset"], context) };
    case "limit":
    case "reset":
      return { strike: () => context.end(fault, next), beyond: next };
  }
}

/** Milliseconds that dropping a write takes. */
const DROP_TIME = 1;

/**
 * Throws bytes away, and lets through only some ends. No wire holds up who writes without end (chargen), or tells it that
 * nobody is there any more: so each write takes a turn of the timers, without which nothing else would get one, and fails
 * once the peer has ended.
 */
function dropBefore(next: Outlet, ends: readonly OutletEnd[], { closed, peerEnded }: FaultContext): Outlet {
  return {
    async write() {
      await pause(DROP_TIME, closed);
      if (peerEnded()) throw new Deno.errors.BrokenPipe("the peer has ended, and a fault drops what is sent");
    },
    end: (how) => ends.includes(how) ? next.end(how) : Promise.resolve(),
  };
}
