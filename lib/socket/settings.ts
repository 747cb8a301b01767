import { checkValue } from "./check_value.ts";
import { givenOptions } from "./given_options.ts";
import { libcPlatform, mayOpenLibc } from "./libc.ts";
import type { SocketConstants, SocketOptionRow, SocketOptionValue } from "./option_row.ts";
import { SOCKET_OPTIONS } from "./options.ts";
import { rawSettings } from "./raw_settings.ts";
import { SocketOptionError } from "./socket_option_error.ts";

/** What the options are for: a socket that listens, one that connects, or one that is there already. */
export type SettingPurpose = "listen" | "connect" | "listener" | "connection";

/** When an option is set: see `server` and `client` of the table; `now` is on a socket that is there already. */
export type SettingMoment = NonNullable<SocketOptionRow["server"] | SocketOptionRow["client"]> | "now";

/** One option to be set, its value checked. */
export interface SocketSetting {
  /** The option's name in the library; of a raw one its numbers, `6:30`. */
  readonly option: string;
  /** The row of the table; undefined for a raw option. */
  readonly row: SocketOptionRow | undefined;
  /** What was asked for. */
  readonly value: SocketOptionValue;
  /** The constants on this system. */
  readonly constants: SocketConstants | undefined;
  /** When it is set. */
  readonly moment: SettingMoment;
}

/**
 * Makes settings of options, checks their values, and whether this system and the permissions allow them: before anything
 * is sent. What is left out of the options is not among them.
 *
 * @throws {TypeError} if a value is of the wrong type, or an option does not belong there.
 * @throws {RangeError} if a number is out of range, or one that the kernel cannot take exactly.
 * @throws {SocketOptionError} of kind `unsupported` or `permission`.
 */
export function settingsOf(options: object, purpose: SettingPurpose): SocketSetting[] {
  const settings = givenOptions(options).map(([row, value]): SocketSetting => {
    const moment = momentOf(row, purpose);
    checkValue(row, value);
    return { option: row.name, row, value: value as SocketOptionValue, constants: constantsOf(row), moment };
  });
  settings.push(...rawSettings((options as { raw?: unknown }).raw, purpose));
  for (const setting of settings) checkPlatform(setting);
  checkPermission(settings);
  return settings;
}

/** Whether a setting goes through the C library, whatever the others do. */
export function needsLibc({ row, value }: SocketSetting): boolean {
  // Deno's own API cannot clear SO_REUSEADDR; setting it is what it does anyway.
  return row?.name === "reuseAddress" ? value === false : row?.builtIn !== true;
}

const PURPOSES: Record<SettingPurpose, string> = {
  listen: "a listener",
  listener: "a listener",
  connect: "a connection to be made",
  connection: "a connection that stands",
};

function momentOf(row: SocketOptionRow, purpose: SettingPurpose): SettingMoment {
  const moment = purpose === "listen"
    ? row.server
    : purpose === "connect"
    ? row.client
    : (purpose === "connection" ? row.established : row.server && row.server !== "listen" && row.server !== "accepted")
    ? "now"
    : undefined;
  if (moment === undefined) throw new TypeError(`cannot set ${row.name} on ${PURPOSES[purpose]}: leave it out`);
  return moment;
}

function constantsOf(row: SocketOptionRow): SocketConstants | undefined {
  return row.constants[libcPlatform() ?? "windows"];
}

function checkPlatform(setting: SocketSetting): void {
  const { option, constants } = setting;
  // What is on by itself, or off, needs nothing; lib/net looks whether a port can be shared.
  if (!needsLibc(setting)) return;
  if (libcPlatform() === undefined) {
    const builtIn = SOCKET_OPTIONS.filter((row) => "builtIn" in row && row.name !== "reusePort").map((row) => row.name)
      .join(", ");
    throw new SocketOptionError(
      option,
      "unsupported",
      `cannot set ${option}: on ${Deno.build.os} there are Deno's own options only (${builtIn}), leave it out`,
    );
  }
  if (constants === undefined) {
    throw new SocketOptionError(
      option,
      "unsupported",
      `cannot set ${option}: ${Deno.build.os} does not have it, leave it out`,
    );
  }
}

function checkPermission(settings: readonly SocketSetting[]): void {
  // Deno's own API sets options of a socket that is being made; on one that is there they are read back as well.
  const first = settings.find((setting) => needsLibc(setting) || setting.moment === "now" && libcPlatform());
  if (first === undefined || mayOpenLibc()) return;
  throw new SocketOptionError(
    first.option,
    "permission",
    `cannot set ${first.option}: it goes through the C library (FFI), run Deno with --allow-ffi`,
  );
}

/** A setting by the name of its option, such as `quickAck`. */
export function findSetting(settings: readonly SocketSetting[], name: string): SocketSetting | undefined {
  return settings.find(({ option }) => option === name);
}
