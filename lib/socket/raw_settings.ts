import { libcPlatform } from "./libc.ts";
import type { SocketConstants, SocketOptionRow } from "./option_row.ts";
import { SOCKET_OPTION_ROWS } from "./options.ts";
import type { SettingMoment, SettingPurpose, SocketSetting } from "./settings.ts";

/** When options by their numbers are set: on a listener, and on the connections that do not inherit them. */
const MOMENTS: Readonly<Record<SettingPurpose, SettingMoment>> = {
  listen: "inherited",
  connect: "syn",
  listener: "now",
  connection: "now",
};

/**
 * The settings of options by their numbers.
 *
 * @throws {TypeError} if they are no array of such options, or one has a name of its own, or is there twice.
 * @throws {RangeError} if a number is no C int.
 */
export function rawSettings(raw: unknown, purpose: SettingPurpose): SocketSetting[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) throw new TypeError(`cannot set raw to ${raw}: use an array of { level, name, value }`);
  const seen = new Set<string>();
  return raw.map((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) {
      throw new TypeError(`cannot set a raw option to ${entry}: use { level, name, value }`);
    }
    const { level, name, value } = entry as Record<string, number>;
    const option = `${level}:${name}`;
    for (const part of [level, name, value]) {
      if (Number.isInteger(part) && part >= -(2 ** 31) && part < 2 ** 31) continue;
      throw new RangeError(
        `cannot set ${option} to ${value}: level, name and value are C ints, whole numbers of 32 bits`,
      );
    }
    if (seen.has(option)) throw new TypeError(`cannot set ${option} twice: leave one out`);
    seen.add(option);
    const row = rowOf(level, name);
    // Two settings of one option would undo each other, and nobody could say which.
    if (row) throw new TypeError(`cannot set ${option} by its numbers: that is ${row.name}`);
    const constants: SocketConstants = { any: [level, name, "int"] };
    return { option, row: undefined, value, constants, moment: MOMENTS[purpose] };
  });
}

/** The row of the table that has an option, if one does. */
export function rowOf(level: number, name: number): SocketOptionRow | undefined {
  const platform = libcPlatform() ?? "windows";
  return SOCKET_OPTION_ROWS.find(({ constants }) => {
    const { any, ipv6, listener } = constants[platform] ?? {};
    return [any, ipv6, listener].some((constant) =>
      constant && constant[2] !== "backlog" && constant[0] === level && constant[1] === name
    );
  });
}
