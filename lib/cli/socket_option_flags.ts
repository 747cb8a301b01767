import { quote } from "../core/quote.ts";
import type { SocketOptionRow, SocketOptionValue } from "../socket/option_row.ts";
import { findSocketOptionRow, SOCKET_OPTION_ROWS, type SocketOptionFlagName } from "../socket/options.ts";
import { parseRawOption } from "../socket/raw_option.ts";
import { showValue } from "../socket/set_option.ts";
import { checkValue } from "../socket/check_value.ts";
import type { ConnectorSocketOptions, ListenerSocketOptions, RawSocketOption } from "../socket/socket_options.ts";
import { parseSource } from "../net/source_address.ts";
import type { OptionValues } from "./option_table.ts";
import { orUsage, UsageError } from "./usage_error.ts";

/** What the flags of a server ask for. */
export interface ServeSocketOptions extends ListenerSocketOptions {
  /** See `ListenOptions`. */
  backlog?: number;
  /** See `ListenOptions`. */
  reusePort?: boolean;
  /** See `ListenOptions`. */
  reuseAddress?: boolean;
}

/**
 * What the socket option flags of `serve` ask for; those that were not given are left out.
 *
 * @throws {UsageError} if a value is wrong, or flags contradict each other.
 */
export function serveSocketOptions(options: OptionValues): ServeSocketOptions {
  return readFlags(options, "server");
}

/** The same for a client. */
export function clientSocketOptions(options: OptionValues): ConnectorSocketOptions {
  return readFlags(options, "client");
}

function readFlags(options: OptionValues, side: "server" | "client"): Record<string, unknown> {
  const asked: Record<string, unknown> = {};
  const times: Record<string, SocketOptionValue> = {};
  for (const row of SOCKET_OPTION_ROWS) {
    const value = row[side] && valueOf(row, options);
    if (value === undefined) continue;
    const member = /^keepAlive\.(.+)$/.exec(row.name)?.[1];
    if (member) times[member] = value;
    else asked[row.name] = value;
  }
  if (Object.keys(times).length > 0) {
    if (asked.keepAlive === false) {
      const flag = Object.keys(times)[0];
      throw new UsageError(`--no-keepalive and --keepalive-${flag} exclude each other: give one of them`);
    }
    asked.keepAlive = times;
  }
  if (options.sockopt.length > 0) asked.raw = readRaw(options.sockopt);
  return asked;
}

/** What the flags of a row ask for. */
function valueOf(row: SocketOptionRow, options: OptionValues): SocketOptionValue | undefined {
  const given = row.flags.filter(({ name }) =>
    ![undefined, false].includes(options[name as SocketOptionFlagName] as never)
  );
  const [flag, second] = given;
  if (flag === undefined) return undefined;
  if (second) throw new UsageError(`--${flag.name} and --${second.name} exclude each other: give one of them`);
  const value = flag.sets ?? options[flag.name as SocketOptionFlagName]!;
  try {
    checkValue(row, value);
    if (row.type === "address") parseSource(String(value));
  } catch (error) {
    // The library's message names the option and the value as the library knows them.
    const { message } = error as Error;
    // No remedy has a colon; a value may.
    const remedy = message.slice(message.lastIndexOf(": ") + 2);
    throw new UsageError(`--${flag.name}: bad value ${quote(showValue(row, value))}: ${remedy}`, { cause: error });
  }
  return value;
}

function readRaw(texts: readonly string[]): RawSocketOption[] {
  const read: RawSocketOption[] = [];
  for (const text of texts) {
    const option = orUsage(() => parseRawOption(text), "--sockopt: ");
    if (read.some(({ level, name }) => level === option.level && name === option.name)) {
      throw new UsageError(`--sockopt: ${quote(text)} sets what another one sets: leave one out`);
    }
    read.push(option);
  }
  return read;
}

/** The flag of an option that the library names, for a message: `--keepalive-idle`. */
export function flagOf(option: string): string {
  const row = findSocketOptionRow(option);
  return row ? `--${row.flags[0].name}` : "--sockopt";
}
