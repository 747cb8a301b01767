import type { Fault } from "./fault.ts";
import { formatFault } from "./parse_fault.ts";

/**
 * What a server's service meets on a connection that a fault has ended: it tells that end from one of the peer's doing.
 *
 * @example
 * ```ts
 * import { FaultInjected, reset } from "@sounder/tcp";
 *
 * console.log(new FaultInjected(reset({ afterBytes: 10 })).message); // fault injected: reset@10
 * ```
 */
export class FaultInjected extends Error {
  /** The error's class, to tell it apart where `instanceof` cannot (another copy of the module, a Worker). */
  override readonly name = "FaultInjected";
  /** What was injected. */
  readonly fault: Fault;

  /** Makes the error; the connection does, the server judges by it. */
  constructor(fault: Fault) {
    super(`fault injected: ${formatFault(fault)}`);
    this.fault = fault;
  }
}
