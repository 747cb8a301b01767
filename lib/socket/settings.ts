import { formatDuration } from "../core/units.ts";
import { libcPlatform, mayOpenLibc } from "./libc.ts";
import type { SocketConstants, SocketOptionRow, SocketOptionValue } from "./option_row.ts";
import { SOCKET_OPTIONS, socketOptionRow } from "./options.ts";
import { SocketOptionError } from "./socket_option_error.ts";
import type { KeepAliveOptions, RawSocketOption } from "./socket_options.ts";

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

/** Options with members of any of the option interfaces. */
type AnyOptions = Readonly<Record<string, unknown>>;

/**
 * Makes settings of options, checks their values, and whether this system and the permissions allow them: before anything
 * is sent. What is left out of the options is not among them.
 *
 * @throws {TypeError} if a value is of the wrong type, or an option does not belong there.
 * @throws {RangeError} if a number is out of range, or one that the kernel cannot take exactly.
 * @throws {SocketOptionError} of kind `unsupported` or `permission`.
 */
export function settingsOf(options: object, purpose: SettingPurpose): SocketSetting[] {
  const given = options as AnyOptions;
  const settings: SocketSetting[] = [];
  for (const row of SOCKET_OPTIONS as readonly SocketOptionRow[]) {
    const value = valueOf(given, row.name);
    if (value === undefined) continue;
    const moment = momentOf(row, purpose);
    checkValue(row, value);
    settings.push({ option: row.name, row, value, constants: constantsOf(row), moment });
  }
  settings.push(...rawSettings(given.raw as readonly RawSocketOption[] | undefined, purpose));
  for (const setting of settings) checkPlatform(setting);
  checkPermission(settings);
  return settings;
}

/** Whether a setting goes through the C library, whatever the others do. */
export function needsLibc({ row, value }: SocketSetting): boolean {
  // Deno's own API cannot clear SO_REUSEADDR; setting it is what it does anyway.
  return row?.name === "reuseAddress" ? value === false : row?.builtIn !== true;
}

/** A member, also of a member: `keepAlive.idle`. `keepAlive` with members means that it is on. */
function valueOf(options: AnyOptions, name: string): SocketOptionValue | undefined {
  const [outer, inner] = name.split(".");
  const value = options[outer];
  if (inner === undefined) return isKeepAliveTimes(value) ? true : value as SocketOptionValue | undefined;
  return isKeepAliveTimes(value) ? value[inner as keyof KeepAliveOptions] : undefined;
}

function isKeepAliveTimes(value: unknown): value is KeepAliveOptions {
  return typeof value === "object" && value !== null;
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

/**
 * Checks a value against the table.
 *
 * @throws {TypeError} if it is of the wrong type.
 * @throws {RangeError} if it is out of range, or not one that the kernel can take exactly.
 */
export function checkValue(row: SocketOptionRow, value: unknown): void {
  const fail = (ErrorClass: typeof TypeError | typeof RangeError, remedy: string) => {
    throw new ErrorClass(`cannot set ${row.name} to ${typeof value === "string" ? `"${value}"` : value}: ${remedy}`);
  };
  if (row.name === "linger" && value === false) return;
  if (row.type === "boolean") {
    if (typeof value !== "boolean") fail(TypeError, "use true or false");
  } else if (row.type === "text" || row.type === "address") {
    if (typeof value !== "string") return fail(TypeError, "use a text");
    // 15 bytes and a zero, IFNAMSIZ and TCP_CA_NAME_MAX: the kernel would cut a longer one short.
    const isName = /^[^\0/\s]+$/.test(value) && new TextEncoder().encode(value).length <= 15;
    if (row.type === "text" && !isName) fail(TypeError, "use a name of 1 to 15 bytes, without blanks");
  } else {
    checkNumber(row, value, fail);
  }
}

function checkNumber(
  row: SocketOptionRow,
  value: unknown,
  fail: (ErrorClass: typeof TypeError | typeof RangeError, remedy: string) => void,
): void {
  const [least, most] = row.range!;
  const unit = { milliseconds: " ms", bytes: " bytes" }[row.type as string] ?? "";
  if (typeof value !== "number") return fail(TypeError, `use a number from ${least} to ${most}${unit}`);
  if (!(value >= least && value <= most)) fail(RangeError, `use ${least} to ${most}${unit}`);
  const step = stepOf(row);
  if (value % step === 0) return;
  const nearest = step * Math.min(Math.max(Math.round(value / step), Math.ceil(least / step)), Math.floor(most / step));
  const shown = row.type === "milliseconds" ? `${nearest} ms (${formatDuration(nearest)})` : `${nearest}${unit}`;
  fail(RangeError, `the kernel takes whole ${step === 1000 ? "seconds" : "numbers"} only, the nearest is ${shown}`);
}

/** What the kernel counts in, in the unit of the option. */
function stepOf(row: SocketOptionRow): number {
  const codec = constantsOf(row)?.any[2] ?? row.constants.linux?.any[2];
  return row.type === "milliseconds" && (codec === "seconds" || codec === "linger") ? 1000 : 1;
}

function constantsOf(row: SocketOptionRow): SocketConstants | undefined {
  return row.constants[libcPlatform() ?? "windows"];
}

function rawSettings(raw: readonly RawSocketOption[] | undefined, purpose: SettingPurpose): SocketSetting[] {
  const moments: Record<SettingPurpose, SettingMoment> = {
    listen: "inherited",
    connect: "syn",
    listener: "now",
    connection: "now",
  };
  if (raw !== undefined && !Array.isArray(raw)) {
    throw new TypeError(`cannot set raw to ${raw}: use an array of { level, name, value }`);
  }
  return (raw ?? []).map(({ level, name, value }) => {
    const option = `${level}:${name}`;
    for (const part of [level, name, value]) {
      if (Number.isInteger(part) && part >= -(2 ** 31) && part < 2 ** 31) continue;
      throw new RangeError(
        `cannot set ${option} to ${value}: level, name and value are C ints, whole numbers of 32 bits`,
      );
    }
    const constants: SocketConstants = { any: [level, name, "int"] };
    return { option, row: undefined, value, constants, moment: moments[purpose] };
  });
}

function checkPlatform({ option, row, constants }: SocketSetting): void {
  if (row?.builtIn && row.name !== "reusePort") return;
  if (libcPlatform() === undefined) {
    const builtIn = SOCKET_OPTIONS.filter((row) => "builtIn" in row).map((row) => row.name).join(", ");
    throw new SocketOptionError(
      option,
      "unsupported",
      `cannot set ${option}: on ${Deno.build.os} there are Deno's own options only (${builtIn}), leave it out`,
    );
  }
  if (constants === undefined && row?.name !== "reusePort") {
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

/**
 * Checks that options have no members but socket options.
 *
 * @throws {TypeError} if one is no socket option.
 */
export function checkNames(options: object): void {
  for (const name of Object.keys(options)) {
    if (name.includes(".")) throw new TypeError(`cannot set "${name}": write keepAlive: { idle, interval, count }`);
    if (name !== "raw") socketOptionRow(name);
  }
  const { keepAlive } = options as { keepAlive?: unknown };
  if (isKeepAliveTimes(keepAlive)) { for (const name of Object.keys(keepAlive)) socketOptionRow(`keepAlive.${name}`); }
}
