import { mayOpenLibc } from "../socket/libc.ts";
import type { SocketTarget } from "../socket/socket_target.ts";
import { type TcpInfo, tcpInfo } from "../socket/tcp_info.ts";
import { wrap } from "./wrap.ts";

/** What the kernel knows of a connection; undefined without FFI, or where its socket is gone. */
export function lastTcpInfo(target: SocketTarget): TcpInfo | undefined {
  if (!mayOpenLibc()) return undefined;
  try {
    return tcpInfo(target);
  } catch (error) {
    if (error instanceof Deno.errors.BadResource) return undefined;
    throw error;
  }
}

const WIDTH = 100;

/** The members by their names, units and all; those that are 0 are left out. */
export function tcpInfoLines(info: TcpInfo | undefined): string[] {
  if (info === undefined) return [`tcp info: ${mayOpenLibc() ? "the socket is gone" : "unknown (needs --allow-ffi)"}`];
  const told = Object.entries(info).filter(([, value]) => value !== 0 && value !== false);
  const members = told.map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("+") : value}`);
  const [first, ...rest] = wrap(`tcp info (what is not 0): ${members.join(", ")}`, WIDTH - 2);
  return [first, ...rest.map((line) => `  ${line}`)];
}
