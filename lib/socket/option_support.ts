import { getOption } from "./get_option.ts";
import { MOMENT_WORDS } from "./moment_words.ts";
import { VALUE_LENGTH } from "./codec.ts";
import { type ErrnoName, errnoName } from "./errno.ts";
import { type Libc, libcPlatform } from "./libc.ts";
import type { SocketConstant, SocketOptionRow, SocketOptionValue, SocketPlatform } from "./option_row.ts";
import { noteOnOption } from "./option_note.ts";
import { SOCKET_OPTIONS, type SocketOptionName } from "./options.ts";
import { scratchSocket } from "./scratch_socket.ts";
import { readOption } from "./set_option.ts";
import { type SystemLimits, systemLimits } from "./system_limits.ts";

/** What this machine makes of one socket option. */
export interface OptionSupport {
  /** The option, as the library calls it: `recvBuffer`, `keepAlive.idle`. */
  readonly option: SocketOptionName;
  /** Its row in the table. */
  readonly row: SocketOptionRow;
  /** Whether it can be set here, by this user and with these permissions; undefined where that cannot be found out. */
  readonly supported: boolean | undefined;
  /** Why not, or why that is unknown; undefined where it can be set. */
  readonly reason: string | undefined;
  /** When, and on which socket, it is set. */
  readonly how: string;
  /** What a new socket has, as read from one; undefined if that cannot be read, or has no meaning before it is set. */
  readonly kernelDefault: SocketOptionValue | undefined;
  /** What the system adds to it; undefined if nothing. */
  readonly note: string | undefined;
}

/**
 * What this machine makes of each socket option, in the order of the table. Options and privileges are tried on a socket
 * of its own, by setting each to what it is; nothing is sent, and the socket is closed again.
 *
 * @param libc The C library; undefined where it may not be opened, or is not used on this system.
 * @param limits The system's limits, where they were read before.
 */
export function optionSupport(
  libc: Libc | undefined,
  limits: SystemLimits = libc ? systemLimits(libc) : {},
): OptionSupport[] {
  if (libc === undefined) return SOCKET_OPTIONS.map((row) => withoutLibc(row));
  const fd = scratchSocket(libc);
  if (fd < 0) {
    const reason = `unknown (${errnoName(libc.errno(), libc.platform)})`;
    const plain = SOCKET_OPTIONS.map((row) => withoutLibc(row, libc.platform));
    return plain.map((support) => support.supported === undefined ? { ...support, reason } : support);
  }
  try {
    return SOCKET_OPTIONS.map((row) => withLibc(libc, fd, row, limits));
  } finally {
    libc.close(fd);
  }
}

type Row = (typeof SOCKET_OPTIONS)[number];

function withoutLibc(row: SocketOptionRow, platform: SocketPlatform = libcPlatform() ?? "windows"): OptionSupport {
  const missing = missingOn(row, platform);
  const supported = missing !== undefined ? false : row.builtIn ? true : undefined;
  return {
    ...described(row),
    supported,
    reason: missing ?? (supported ? undefined : "needs --allow-ffi"),
    kernelDefault: undefined,
    note: undefined,
  };
}

function withLibc(libc: Libc, fd: number, row: SocketOptionRow, limits: SystemLimits): OptionSupport {
  const constants = row.constants[libc.platform];
  // First the value, then the attempts to set it: on Linux a buffer set to what it was is not what it was.
  const kernelDefault = constants && hasDefault(row) ? readOption(libc, fd, constants.any) : undefined;
  const reason = missingOn(row, libc.platform) ??
    (row.builtIn ? undefined : refusalOf(libc, fd, row) ?? switchedOff(row, limits));
  const note = reason === undefined ? noteOnOption(row, limits) : undefined;
  return { ...described(row), supported: reason === undefined, reason, kernelDefault, note };
}

function described(row: SocketOptionRow): Pick<OptionSupport, "option" | "row" | "how"> {
  const moments = [row.server && MOMENT_WORDS[row.server], row.client && MOMENT_WORDS[row.client]];
  const how = moments.filter((moment) => moment !== undefined).join("; ");
  return { option: row.name as Row["name"], row, how };
}

/** What `listen()` and `bind()` get as an argument is no value of a new socket. */
function hasDefault(row: SocketOptionRow): boolean {
  return row.name !== "backlog" && row.type !== "address";
}

/** Why a system does not have an option at all. */
function missingOn(row: SocketOptionRow, platform: SocketPlatform): string | undefined {
  // Deno itself sets the two without a constant everywhere; sharing a port it offers on Linux only.
  const isThere = row.constants[platform] !== undefined || (row.builtIn && row.name !== "reusePort");
  return isThere ? undefined : `not on ${platform}`;
}

/** Why the kernel does not let an option be set; undefined if it does. */
function refusalOf(libc: Libc, fd: number, row: SocketOptionRow): string | undefined {
  const { any, listener } = row.constants[libc.platform]!;
  // Where a listener has a constant of its own, one side that works is enough: the note tells of the other.
  const tries = [any, ...(listener ? [listener] : [])].map((constant) => tryOption(libc, fd, constant));
  if (tries.includes(undefined)) return undefined;
  const [errno] = tries;
  if (errno === "EPERM" || errno === "EACCES") return `needs root (${row.privilege ?? "a privilege"})`;
  return "this kernel does not have it";
}

/** A listener takes fast open also where the system's switch leaves it without effect. */
function switchedOff({ name }: SocketOptionRow, { fastOpen }: SystemLimits): string | undefined {
  if (name !== "fastOpen" || fastOpen === undefined || fastOpen.client || fastOpen.server) return undefined;
  return `net.ipv4.tcp_fastopen is ${fastOpen.bits}`;
}

/** Errors that tell of the option or of the user, not of the value, which was there before. */
const REFUSALS: readonly (ErrnoName | `errno ${number}`)[] = ["EPERM", "EACCES", "ENOPROTOOPT", "EOPNOTSUPP"];

/** Sets an option to the value that it has, as its bytes are; the error if the kernel refuses that. */
function tryOption(libc: Libc, fd: number, [level, name]: SocketConstant): ReturnType<typeof errnoName> | undefined {
  const value = getOption(libc, fd, level, name, VALUE_LENGTH);
  const failed = value === undefined || libc.setsockopt(fd, level, name, value, value.length) < 0;
  const errno = failed ? errnoName(libc.errno(), libc.platform) : undefined;
  return errno !== undefined && REFUSALS.includes(errno) ? errno : undefined;
}
