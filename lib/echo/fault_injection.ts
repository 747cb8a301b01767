import type { Connection } from "../net/connection.ts";
import type { Fault } from "./fault.ts";
import { drawFaults, type FaultPlan } from "./fault_plan.ts";
import { FaultyConnection } from "./faulty_connection.ts";
import type { ServiceName } from "./service.ts";

/** A connection that is to be served, and what is wrong with it. */
export interface FaultInjection {
  /** What to serve: the connection itself where it drew no fault. */
  readonly connection: Connection;
  /** The faults that it drew, in the order of the plan. */
  readonly faults: readonly Fault[];
  /**
   * Bytes that went out in truth; `undefined` where no fault was drawn. The service counts also those that a fault dropped
   * or still held back at the end, and not those of a write that a fault has cut.
   */
  readonly bytesSent: number | undefined;
}

/** Whom faults are injected into. */
export interface FaultTarget {
  /** The serial number of the connection within its server, over all threads: it decides what is drawn. */
  readonly id: number;
  /** What the connection is served with: discard has the faults in what is received, the others in what is sent. */
  readonly service: ServiceName;
  /** Called with how many bytes have gone out in truth, as they do; never where no fault was drawn. */
  readonly onSent?: (bytes: number) => void;
}

/**
 * Injects the faults that a connection draws. One that is refused is reset here and now; its first read or write fails
 * with `FaultInjected`, as do those on a connection that a limit or a reset has ended.
 */
export function injectFaults(connection: Connection, plan: FaultPlan, target: FaultTarget): FaultInjection {
  const { id, service, onSent } = target;
  const drawn = drawFaults(plan, id);
  if (drawn.length === 0) return { connection, faults: [], bytesSent: undefined };
  const faulty = new FaultyConnection(connection, drawn, service === "discard" ? "received" : "sent", onSent);
  return {
    connection: faulty,
    faults: drawn.map(({ fault }) => fault),
    get bytesSent() {
      return faulty.bytesSent;
    },
  };
}
