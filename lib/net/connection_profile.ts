import { NEVER_READ, type PlannedSetting, replaceSettings } from "../socket/planned_setting.ts";
import { reportOf, type SocketOptionReport } from "../socket/report_option.ts";

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

/** The profile after more was set. */
export function changedProfile(
  profile: ConnectionProfile,
  planned: readonly PlannedSetting[],
  reports: readonly SocketOptionReport[],
): ConnectionProfile {
  const { kept, all } = replaceSettings(profile.planned, planned);
  const keptReports = kept.map(({ setting, how }) =>
    profile.reports?.find(({ option }) => option === setting.option) ?? reportOf(setting, undefined, how, NEVER_READ)
  );
  return profileOf(all, [...keptReports, ...reports]);
}

/** The profile of a connection on which nothing was set. */
export const PLAIN_PROFILE: ConnectionProfile = profileOf([]);
