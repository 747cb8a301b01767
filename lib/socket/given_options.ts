import type { SocketOptionRow, SocketOptionValue } from "./option_row.ts";
import { SOCKET_OPTION_ROWS, socketOptionRow } from "./options.ts";

/** Options with members of any of the option interfaces, and others that are none of the socket's. */
type AnyOptions = Readonly<Record<string, unknown>>;

/**
 * The rows of the table that options name, with their values, unchecked. `keepAlive` with members means that it is on, and
 * `keepAlive.idle` is its member.
 *
 * @throws {TypeError} if `keepAlive` has a member that it does not know.
 */
export function givenOptions(options: object): [row: SocketOptionRow, value: unknown][] {
  const given = options as AnyOptions;
  const { keepAlive } = given;
  if (isTimes(keepAlive)) checkTimes(keepAlive);
  return SOCKET_OPTION_ROWS
    .map((row): [SocketOptionRow, unknown] => [row, valueOf(given, row.name)])
    .filter(([, value]) => value !== undefined);
}

function valueOf(options: AnyOptions, name: string): SocketOptionValue | unknown {
  const [outer, inner] = name.split(".");
  const value = options[outer];
  if (outer !== "keepAlive" || !isTimes(value)) return inner === undefined ? value : undefined;
  return inner === undefined ? value.enabled ?? true : value[inner];
}

function isTimes(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkTimes(times: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(times)) {
    if (name !== "enabled") socketOptionRow(`keepAlive.${name}`);
  }
}

/**
 * Checks that options have no members but socket options.
 *
 * @throws {TypeError} if one is no socket option.
 */
export function checkNames(options: object): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`cannot set the options ${options}: give an object`);
  }
  for (const name of Object.keys(options)) {
    if (name.includes(".")) throw new TypeError(`cannot set "${name}": write keepAlive: { idle, interval, count }`);
    if (name !== "raw") socketOptionRow(name);
  }
}
