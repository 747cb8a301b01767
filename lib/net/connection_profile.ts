import type { PlannedSetting } from "../socket/planned_setting.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";

/** What a connection knows of its socket options; one for all the connections that a listener accepts. */
export interface ConnectionProfile {
  /** What was set, and how. */
  readonly planned: readonly PlannedSetting[];
  /** What was read back when it was set, where that was done. */
  readonly reports?: readonly SocketOptionReport[];
  /** Whether quick ACK is to be set again after each read. */
  readonly quickAck: boolean;
  /** Whether `close()` is to send RST (`linger: 0`). */
  readonly resetOnClose: boolean;
}

/** The profile that settings make. */
export function profileOf(
  planned: readonly PlannedSetting[],
  reports?: readonly SocketOptionReport[],
): ConnectionProfile {
  const valueOf = (name: string) => planned.find(({ setting }) => setting.option === name)?.setting.value;
  return { planned, reports, quickAck: valueOf("quickAck") === true, resetOnClose: valueOf("linger") === 0 };
}

/** The profile of a connection on which nothing was set. */
export const PLAIN_PROFILE: ConnectionProfile = profileOf([]);
