import { mayOpenLibc } from "./libc.ts";
import type { SocketTarget } from "./socket_target.ts";
import { type TcpInfo, tcpInfo } from "./tcp_info.ts";

/** What the kernel knows of a connection; undefined without FFI, or where there is no socket, or none any more. */
export function tryTcpInfo(target: SocketTarget): TcpInfo | undefined {
  if (!mayOpenLibc()) return undefined;
  try {
    return tcpInfo(target);
  } catch (error) {
    if (error instanceof Deno.errors.BadResource) return undefined;
    throw error;
  }
}
