import { formatAddress } from "../core/address.ts";
import { formatDuration } from "../core/units.ts";
import { decodeValue, encodeValue, VALUE_LENGTH } from "./codec.ts";
import { describeErrno, errnoName } from "./errno.ts";
import { getOption } from "./get_option.ts";
import type { Libc } from "./libc.ts";
import type { SocketConstant, SocketOptionRow, SocketOptionValue } from "./option_row.ts";
import { rawOptionName } from "./raw_option.ts";
import type { SocketSetting } from "./settings.ts";
import { constantsFor, type SocketKind, socketName } from "./socket_kind.ts";
import { SocketOptionError, type SocketOptionErrorKind } from "./socket_option_error.ts";
import { readSysctl } from "./sysctl.ts";

/**
 * Sets one option on a descriptor.
 *
 * @throws {SocketOptionError} if the kernel does not take it.
 */
export function setOption(libc: Libc, fd: number, setting: SocketSetting, kind: SocketKind): void {
  for (const [level, name, codec] of constantsFor(setting.constants!, kind, libc.platform)) {
    const bytes = encodeValue(codec, setting.value, libc);
    if (bytes === undefined) throw refusal(libc, setting, "ENODEV");
    if (libc.setsockopt(fd, level, name, bytes, bytes.length) < 0) {
      throw refusal(libc, setting, errnoName(libc.errno(), libc.platform));
    }
  }
}

/**
 * Reads one option of a descriptor.
 *
 * @returns undefined if the kernel does not tell it.
 */
export function readOption(libc: Libc, fd: number, constant: SocketConstant): SocketOptionValue | undefined {
  const [level, name, codec] = constant;
  const bytes = getOption(libc, fd, level, name, VALUE_LENGTH);
  return bytes && decodeValue(codec, bytes, libc);
}

/** What a setting has become: as {@linkcode readOption}, in the unit and with the sign of its row. */
export function readSetting(
  libc: Libc,
  fd: number,
  setting: Pick<SocketSetting, "row" | "constants">,
  kind: SocketKind,
): SocketOptionValue | undefined {
  if (setting.row?.name === "source") return localName(libc, fd);
  if (setting.constants === undefined) return undefined;
  const [constant] = constantsFor(setting.constants, kind, libc.platform);
  const value = readOption(libc, fd, constant);
  const isUnsigned = (setting.row?.range?.[1] ?? 0) >= 2 ** 31;
  return isUnsigned && typeof value === "number" ? value >>> 0 : value;
}

/** The address that a socket is bound to; undefined if to none. */
function localName(libc: Libc, fd: number): string | undefined {
  const name = socketName(libc, fd);
  return name && formatAddress(name);
}

/** How a value is shown, with its unit. */
export function showValue(row: SocketOptionRow | undefined, value: SocketOptionValue | undefined): string {
  if (value === undefined) return "unknown";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (value === "") return "none";
  return row?.type === "milliseconds" ? formatDuration(Number(value)) : String(value);
}

/** The error for an option that the kernel did not take. */
function refusal(libc: Libc, { option, row, value }: SocketSetting, errno: ReturnType<typeof errnoName>): Error {
  const [kind, remedy] = explain(libc, row, errno);
  const name = row ? option : rawOptionName(option, libc.platform);
  return new SocketOptionError(option, kind, `cannot set ${name} to ${showValue(row, value)}: ${remedy}`);
}

function explain(
  libc: Libc,
  row: SocketOptionRow | undefined,
  errno: ReturnType<typeof errnoName>,
): [SocketOptionErrorKind, string] {
  const said = describeErrno(errno);
  if (row?.name === "congestion" && (errno === "EPERM" || errno === "ENOENT")) {
    const allowed = errno === "EPERM" ? "tcp_allowed_congestion_control" : "tcp_available_congestion_control";
    const names = readSysctl(libc, `net/ipv4/${allowed}`)?.split(/\s+/).join(", ") ?? "what the system offers";
    return errno === "EPERM"
      ? ["privilege", `it needs CAP_NET_ADMIN (root); without it use ${names}`]
      : ["rejected", `this kernel has no algorithm of that name, use ${names}`];
  }
  if (row?.name === "bindDevice" && errno === "ENODEV") {
    return ["rejected", "this machine has no network interface of that name"];
  }
  if (row?.name === "fastOpen" && errno === "EOPNOTSUPP") {
    return ["unsupported", "net.ipv4.tcp_fastopen switches it off on this machine"];
  }
  if (errno === "EPERM" || errno === "EACCES") {
    const what = row?.privilege ?? "a privilege (capabilities(7))";
    return ["privilege", `it needs ${what}, run as root or with that capability`];
  }
  if (errno === "ENOPROTOOPT" || errno === "EOPNOTSUPP") return ["unsupported", `${said}, leave it out`];
  return ["rejected", said];
}
