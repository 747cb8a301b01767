import type { Libc } from "./libc.ts";
import type { SocketOptionRow, SocketOptionValue } from "./option_row.ts";
import { readSetting } from "./set_option.ts";
import type { SocketSetting } from "./settings.ts";
import type { SocketKind } from "./socket_kind.ts";
import { readSysctl } from "./sysctl.ts";

/** What was asked of a socket option, what became of it, and how it was set. */
export interface SocketOptionReport {
  /** The option, as the library calls it: `recvBuffer`, `keepAlive.idle`; a raw one by its numbers, `6:30`. */
  readonly option: string;
  /** What was asked for, the library's defaults included: milliseconds, bytes, counts, names, true and false. */
  readonly requested: SocketOptionValue;
  /** What the kernel says it is; undefined if it cannot be read, for which `note` has the reason. */
  readonly effective: SocketOptionValue | undefined;
  /** When, and on which socket, it was set. */
  readonly how: string;
  /** What the system changed, or why nothing can be read. */
  readonly note?: string;
}

/** Reads back what became of settings. */
export function reportSettings(
  libc: Libc,
  fd: number,
  settings: readonly { readonly setting: SocketSetting; readonly how: string }[],
  kind: SocketKind,
): SocketOptionReport[] {
  return settings.map(({ setting, how }) => {
    if (kind.listener && setting.moment === "accepted") {
      return reportOf(setting, undefined, how, "each connection has its own");
    }
    const effective = readSetting(libc, fd, setting, kind);
    return reportOf(setting, effective, how, noteOn(libc, setting, effective, kind));
  });
}

/** A report; `note` is left out where there is none. */
export function reportOf(
  { option, value }: SocketSetting,
  effective: SocketOptionValue | undefined,
  how: string,
  note: string | undefined,
): SocketOptionReport {
  return { option, requested: value, effective, how, ...(note !== undefined && { note }) };
}

/** What there is to say where what came is not what was asked for, or does not do by itself what was asked for. */
function noteOn(
  libc: Libc,
  { row, value }: SocketSetting,
  effective: SocketOptionValue | undefined,
  kind: SocketKind,
): string | undefined {
  if (effective === undefined) return "the kernel does not tell it";
  if (row?.name === "fastOpen" && kind.listener) return fastOpenNote(libc);
  if (row?.name === "quickAck") return quickAckNote(value, effective);
  if (effective === value) return undefined;
  if (row?.name === "recvBuffer" || row?.name === "sendBuffer") return bufferNote(libc, row, value, effective);
  if (row?.name === "source") {
    return "the kernel chose what was left open";
  }
  if (row?.name === "backlog") {
    const most = readSysctl(libc, "net/core/somaxconn");
    return `capped at net.core.somaxconn${most === undefined ? "" : ` (${most})`}`;
  }
  if (row?.name === "mss") return "the size in use: the smaller of both ends', less the space of TCP's options";
  if (row?.name === "tos") return "the two low bits are ECN's, which TCP keeps to itself";
  if (row?.name === "deferAccept") return "rounded to the kernel's SYN-ACK schedule";
  return "changed by the kernel";
}

function bufferNote(
  libc: Libc,
  { name }: SocketOptionRow,
  value: SocketOptionValue,
  effective: SocketOptionValue,
): string {
  const doubled = 2 * Number(value);
  const sysctl = `net.core.${name === "recvBuffer" ? "rmem" : "wmem"}_max`;
  if (libc.platform !== "linux") return "changed by the kernel";
  if (effective === doubled) return "doubled by the kernel for its bookkeeping";
  if (Number(effective) > doubled) return "raised to the kernel's minimum";
  const most = readSysctl(libc, sysctl.replaceAll(".", "/"));
  return `capped at twice ${sysctl}${most === undefined ? "" : ` (${most})`}`;
}

/** Bit 2 of the system's switch is the servers'. */
function fastOpenNote(libc: Libc): string | undefined {
  const text = readSysctl(libc, "net/ipv4/tcp_fastopen");
  if (text === undefined || (Number(text) & 2) !== 0) return undefined;
  return `without effect: net.ipv4.tcp_fastopen is ${text}, set its bit 2 (such as 3) for servers`;
}

/** The kernel leaves quick mode when it sends data soon after receiving some, and comes back to it after a pause. */
function quickAckNote(value: SocketOptionValue, effective: SocketOptionValue): string | undefined {
  return value === effective ? undefined : "the kernel changes it as data goes to and fro";
}
