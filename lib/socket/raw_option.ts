import { quote } from "../core/quote.ts";
import { libcPlatform } from "./libc.ts";
import type { SocketOptionRow, SocketPlatform } from "./option_row.ts";
import { SOCKET_OPTION_ROWS } from "./options.ts";
import { rowOf } from "./raw_settings.ts";
import type { RawSocketOption } from "./socket_options.ts";

/** Options by the names of the headers, by level, for those that have no row in the table; and some that have. */
const NAMES: Record<"linux" | "darwin", Record<string, Record<string, number>>> = {
  // <asm-generic/socket.h>, <linux/tcp.h>, <linux/in.h>, <linux/in6.h> of Linux 6
  linux: {
    "1": {
      SO_DONTROUTE: 5,
      SO_OOBINLINE: 10,
      SO_PRIORITY: 12,
      SO_RCVLOWAT: 18,
      SO_SNDBUFFORCE: 32,
      SO_RCVBUFFORCE: 33,
      SO_BUSY_POLL: 46,
      SO_MAX_PACING_RATE: 47,
      SO_INCOMING_CPU: 49,
      SO_TXREHASH: 74,
    },
    "6": {
      TCP_CORK: 3,
      TCP_LINGER2: 8,
      TCP_WINDOW_CLAMP: 10,
      TCP_THIN_LINEAR_TIMEOUTS: 16,
      TCP_THIN_DUPACK: 17,
      TCP_SAVE_SYN: 27,
      TCP_FASTOPEN_NO_COOKIE: 34,
      TCP_INQ: 36,
      TCP_TX_DELAY: 37,
      TCP_RTO_MAX_MS: 44,
    },
    "0": { IP_MTU_DISCOVER: 10, IP_FREEBIND: 15, IP_TRANSPARENT: 19, IP_MINTTL: 21, IP_BIND_ADDRESS_NO_PORT: 24 },
    "41": { IPV6_MTU_DISCOVER: 23, IPV6_V6ONLY: 26, IPV6_AUTOFLOWLABEL: 70, IPV6_MINHOPCOUNT: 73, IPV6_FREEBIND: 78 },
  },
  // <sys/socket.h>, <netinet/tcp.h> of macOS 14
  darwin: {
    "65535": { SO_DONTROUTE: 0x10, SO_SNDLOWAT: 0x1003, SO_RCVLOWAT: 0x1004, SO_TRAFFIC_CLASS: 0x1086 },
    "6": { TCP_NOPUSH: 4, TCP_NOOPT: 8, TCP_CONNECTIONTIMEOUT: 0x20, TCP_SENDMOREACKS: 0x103, TCP_ENABLE_ECN: 0x104 },
    "0": {},
    "41": { IPV6_V6ONLY: 27 },
  },
};

/** The levels by name. */
function levelsOf(platform: SocketPlatform): Record<string, number> {
  return { socket: platform === "linux" ? 1 : 0xffff, ip: 0, tcp: 6, ipv6: 41 };
}

const EXAMPLE = "write LEVEL:NAME=INT, such as tcp:TCP_CORK=1 or 6:3=1";

/**
 * Reads an option given by level, name and value: `tcp:TCP_CORK=1`, `socket:SO_PRIORITY=6`, `6:3=1`. Levels are socket, ip,
 * ipv6, tcp or a number; names those of the headers, or a number.
 *
 * @throws {SyntaxError} if it is written otherwise, or names what is not known here.
 * @throws {RangeError} if a number does not fit a C int.
 */
export function parseRawOption(text: string, platform: SocketPlatform = libcPlatform() ?? "linux"): RawSocketOption {
  const parts = /^([^:=]+):([^:=]+)=(-?\d+|0x[\da-f]+)$/i.exec(text);
  if (!parts) throw new SyntaxError(`bad socket option ${quote(text)}: ${EXAMPLE}`);
  const levels = levelsOf(platform);
  const level = numberOf(parts[1]) ?? own(levels, parts[1].toLowerCase());
  if (level === undefined) {
    throw new SyntaxError(`bad level in ${quote(text)}: use ${Object.keys(levels).join(", ")} or a number`);
  }
  const names = NAMES[platform === "darwin" ? "darwin" : "linux"][level] ?? {};
  const name = numberOf(parts[2]) ?? own(names, parts[2].toUpperCase());
  const row = name === undefined ? rowNaming(parts[2]) : rowOf(level, name);
  if (row) throw new SyntaxError(`${quote(text)} has an option of its own: use --${row.flags[0].name}`);
  if (name === undefined) {
    const known = Object.keys(names);
    throw new SyntaxError(
      `bad name in ${quote(text)}: use ${known.length > 0 ? `${known.join(", ")} or ` : ""}a number`,
    );
  }
  const value = Number(parts[3]);
  for (const number of [level, name, value]) {
    if (number >= -(2 ** 31) && number < 2 ** 31) continue;
    throw new RangeError(`bad socket option ${quote(text)}: ${number} is no C int, use -2147483648 to 2147483647`);
  }
  return { level, name, value };
}

/** The row of the table whose option has that name in the headers. */
function rowNaming(name: string): SocketOptionRow | undefined {
  return SOCKET_OPTION_ROWS.find(({ summary }) => summary.match(/\w+/g)?.includes(name.toUpperCase()));
}

/** An option by the names of the headers, `tcp:TCP_CORK`, where they are known here; else by its numbers. */
export function rawOptionName(option: string, platform: SocketPlatform = libcPlatform() ?? "linux"): string {
  const [level, number] = option.split(":");
  const names = NAMES[platform === "darwin" ? "darwin" : "linux"][level] ?? {};
  const name = Object.keys(names).find((name) => names[name] === Number(number));
  const levelName = Object.entries(levelsOf(platform)).find(([, value]) => value === Number(level))?.[0];
  return name && levelName ? `${levelName}:${name}` : option;
}

/** What is there by that name, and not what every object has: `constructor` is no level. */
function own(values: Record<string, number>, name: string): number | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function numberOf(text: string): number | undefined {
  return /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : undefined;
}
